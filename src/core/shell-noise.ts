/**
 * Variables that differ from shell to shell and mean nothing to an app. Without one list of them, each place that tells what has
 * changed would tell of another noise.
 */
const NOISE =
  /^(?:_|PWD|OLDPWD|SHLVL|TERM|TERM_.*|COLORTERM|COLUMNS|LINES|SSH_.*|TMUX.*|STY|WINDOW.*|XDG_.*|DBUS_.*|DISPLAY|npm_.*|INIT_CWD|VSCODE_.*|PS[124]|LS_COLORS|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|UPKEEP_.*|PM2_.*)$/;

export const isShellNoise = (name: string): boolean => NOISE.test(name);
