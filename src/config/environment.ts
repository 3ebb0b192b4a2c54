/**
 * The environment of an app as layers: what the caller had, and what the config declares. Without the
 * layers a variable that was removed from the config would live on in the app, as it does under PM2.
 */

type Env = Readonly<Record<string, string>>;

/** With `filter_env: true` nothing is inherited but these, without which few programs find anything. */
const ALWAYS_KEPT = new Set(['PATH', 'HOME', 'USER', 'LANG']);

/** They tie a process to its own parent, or steered the command; to the app they are noise or harm. */
const NEVER_INHERITED = new Set([
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
  'PM2_USAGE',
  'PM2_JSON_PROCESSING',
  'PM2_PROGRAMMATIC',
  'updateEnv',
]);

/** What a supervisor put into the environment of a caller that it runs itself: it describes the caller, not the app. */
const DESCRIBES_CALLER = new Set(
  (
    'name namespace exec_mode env args pm_cwd exec_interpreter pm_exec_path node_args pm_out_log_path ' +
    'pm_err_log_path pm_log_path pm_pid_path pm_id status pm_uptime created_at windowsHide username merge_logs ' +
    'kill_retry_time prev_restart_delay instance_var unstable_restarts restart_time axm_actions pmx_module command ' +
    'watch filter_env versioning vizion_runing vizion_running MODULE_DEBUG pmx axm_options vizion axm_dynamic ' +
    'axm_monitor instances automation autostart autorestart stop_exit_codes unstable_restart treekill exit_code ' +
    'unique_id km_link _pm2_version NODE_APP_INSTANCE'
  ).split(' '),
);

/**
 * What an app inherits of the caller's environment. `filter` as in the option `filter_env`: true keeps
 * only PATH, HOME, USER and LANG; a text drops that very name; a list drops names that contain an item.
 * An item with `*` is a pattern for the whole name. Upkeep's own variables stay behind, but not its home.
 */
export function inheritedEnv(
  caller: Readonly<Record<string, string | undefined>>,
  filter: boolean | string | readonly string[] | undefined,
): Env {
  const isDropped = filterOf(filter);
  const runsUnderSupervisor = caller.pm_id !== undefined;
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(caller)) {
    if (value === undefined || NEVER_INHERITED.has(key) || isDropped(key)) continue;
    if (key.startsWith('UPKEEP_') && key !== 'UPKEEP_HOME') continue;
    if (runsUnderSupervisor && (DESCRIBES_CALLER.has(key) || value === '[object Object]')) continue;
    env[key] = value;
  }
  return env;
}

function filterOf(filter: boolean | string | readonly string[] | undefined): (key: string) => boolean {
  if (filter === true) return (key) => !ALWAYS_KEPT.has(key);
  if (filter === undefined || filter === false) return () => false;
  if (typeof filter === 'string') return matcher(filter, (key) => key === filter);
  const matchers = filter.filter((item) => item !== '').map((item) => matcher(item, (key) => key.includes(item)));
  return (key) => matchers.some((matches) => matches(key));
}

function matcher(item: string, plain: (key: string) => boolean): (key: string) => boolean {
  return item.includes('*') ? (key) => matchesGlob(key, item) : plain;
}

/** `*` stands for any text. Pieces are found from left to right, so the time stays linear. */
function matchesGlob(text: string, glob: string): boolean {
  const pieces = glob.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}

export interface EnvSources {
  /** What follows from the program itself (an npm script's variables, the user's HOME): weakest. */
  readonly derived: Env;
  /** `deploy.<name>.env`. */
  readonly deploy: Env;
  readonly env: Env;
  readonly port: number | undefined;
  /** `env_<name>`: strongest. */
  readonly named: Env;
  /** `--env <name>`. */
  readonly envName?: string | undefined;
  /** What stands for `env` in the origins, by variable: an update lays the old variables there as a whole. */
  readonly envOrigins?: Env;
}

/** The sources by their names, the weakest first. */
function layersOf({
  derived,
  deploy,
  env,
  port,
  named,
  envName = '',
}: EnvSources): readonly (readonly [string, Env])[] {
  // The derived PATH is made of the declared one, and wins over it.
  const path = derived.PATH === undefined ? {} : { PATH: derived.PATH };
  return [
    [PROGRAM, derived],
    [`deploy.${envName}.env`, deploy],
    ['env', env],
    ['port', port === undefined ? {} : { PORT: String(port) }],
    [`env_${envName}`, named],
    [PROGRAM, path],
  ];
}

/** Origin of what follows from the program or its user. */
export const PROGRAM = 'program';

/** Origin of what `--update-env` laid over the config's own value. */
export const UPDATED = 'caller, by --update-env';

/** The declared variables, and of each the source that won. */
export function declaredEnv(sources: EnvSources): { readonly declared: Env; readonly origins: Env } {
  const declared: Record<string, string> = {};
  const origins: Record<string, string> = {};
  for (const [origin, layer] of layersOf(sources)) {
    for (const [name, value] of Object.entries(layer)) {
      declared[name] = value;
      origins[name] = origin === 'env' ? (sources.envOrigins?.[name] ?? origin) : origin;
    }
  }
  return { declared, origins };
}

/** Variables for which `env` wins over the `deploy` section, though PM2 would take the latter: by name only. */
export function outvotedByEnv({ deploy, env, port, named }: Omit<EnvSources, 'derived'>): readonly string[] {
  const own: Env = { ...env, ...(port === undefined ? {} : { PORT: String(port) }) };
  return Object.keys(deploy).filter(
    (name) => own[name] !== undefined && !(name in named) && own[name] !== deploy[name],
  );
}
