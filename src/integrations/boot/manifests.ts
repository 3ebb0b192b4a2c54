/**
 * Init systems whose services are XML: launchd of macOS and SMF of Solaris and illumos. Without the escaping done here an
 * ampersand in a path would make a file that the system silently passes over.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellQuote } from '../../config/words.ts';
import { type BootService, type Platform, run, WRITTEN_BY } from './service.ts';

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const plist = (service: BootService): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${WRITTEN_BY} -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${xml(service.name)}</string>
  <key>UserName</key>
  <string>${xml(service.user)}</string>
  <key>ProgramArguments</key>
  <array>
    <string>/bin/sh</string>
    <string>${xml(service.wrapper)}</string>
    <string>start</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key>
    <string>${xml(service.path)}</string>
    <key>UPKEEP_HOME</key>
    <string>${xml(service.home)}</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <false/>
  <!-- The daemon and the apps outlive the script that started them. -->
  <key>AbandonProcessGroup</key>
  <true/>
  <key>StandardOutPath</key>
  <string>${xml(join(service.home, 'boot.log'))}</string>
  <key>StandardErrorPath</key>
  <string>${xml(join(service.home, 'boot.log'))}</string>
</dict>
</plist>
`;

const plistPath = ({ userHome, name }: BootService): string => join(userHome, 'Library/LaunchAgents', `${name}.plist`);

export const launchd: Platform = {
  id: 'launchd',
  words: ['launchd', 'macos', 'darwin'],
  tool: 'launchctl',
  defaultName: (user) => `pm2.${user}`,
  file: (service) => ({ path: plistPath(service), mode: 0o644, text: plist(service) }),
  enable: (service) => [run('launchctl', 'load', '-w', plistPath(service))],
  disable: (service) => ({ before: [run('launchctl', 'unload', '-w', plistPath(service))], after: [] }),
  isEnabled: ({ name }) => ({ kind: 'command', command: ['launchctl', 'list', name] }),
};

const variableName = (user: string): string => `pm2_${user.replace(/\W/g, '_')}`;

function manifest(service: BootService): string {
  const method = (name: string, verb: string, timeoutS: number): string =>
    `    <exec_method type="method" name="${name}" exec="/bin/sh ${xml(shellQuote(service.wrapper))} ${verb}" timeout_seconds="${timeoutS}"/>`;
  return `<?xml version="1.0"?>
<!DOCTYPE service_bundle SYSTEM "/usr/share/lib/xml/dtd/service_bundle.dtd.1">
<!-- ${WRITTEN_BY} -->
<service_bundle type="manifest" name="${xml(service.name)}">
  <service name="application/${xml(service.name)}" type="service" version="1">
    <create_default_instance enabled="false"/>
    <single_instance/>
    <dependency name="network" grouping="require_all" restart_on="error" type="service">
      <service_fmri value="svc:/milestone/network:default"/>
    </dependency>
    <dependency name="filesystem" grouping="require_all" restart_on="error" type="service">
      <service_fmri value="svc:/system/filesystem/local"/>
    </dependency>
    <method_context>
      <method_credential user="${xml(service.user)}"/>
      <method_environment>
        <envvar name="PATH" value="${xml(service.path)}"/>
        <envvar name="UPKEEP_HOME" value="${xml(service.home)}"/>
      </method_environment>
    </method_context>
${method('start', 'start', 0)}
${method('stop', 'stop', 300)}
${method('refresh', 'reload', 0)}
    <!-- The daemon is expendable: no process of it is watched. -->
    <property_group name="startd" type="framework">
      <propval name="duration" type="astring" value="transient"/>
    </property_group>
    <stability value="Unstable"/>
  </service>
</service_bundle>
`;
}

const manifestPath = ({ name }: BootService): string => join(tmpdir(), `${name}.xml`);

export const smf: Platform = {
  id: 'smf',
  words: ['smf', 'sunos', 'solaris'],
  tool: 'svcadm',
  defaultName: variableName,
  file: (service) => ({ path: manifestPath(service), mode: 0o644, text: manifest(service) }),
  enable: (service) => [
    run('svccfg', 'import', manifestPath(service)),
    run('svcadm', 'enable', `svc:/application/${service.name}:default`),
  ],
  disable: ({ name }) => ({
    before: [
      run('svcadm', 'disable', `svc:/application/${name}:default`),
      run('svccfg', 'delete', `svc:/application/${name}`),
    ],
    after: [],
  }),
  isEnabled: ({ name }) => ({
    kind: 'command',
    // svcs succeeds for a service that is disabled, too.
    command: ['sh', '-c', `svcs -H -o state svc:/application/${name}:default | grep -q online`],
  }),
};
