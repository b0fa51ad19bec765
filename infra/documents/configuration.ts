import { STACK_SETTINGS } from '../../functions/config.ts';
import type { SettingTable } from '../../functions/read-settings.ts';
import { DEPLOYMENT_SETTINGS, SERVICE_SETTINGS } from '../deployment/deployment-settings.ts';
import { LOCAL_SETTINGS, PRODUCT_SETTINGS } from '../local/settings.ts';
import { GENERATED, table } from './markdown.ts';

/** `docs/configuration.md`, from the tables that read the settings. */
export function configurationDocument(): string {
  return `# Configuration

${GENERATED}

A setting is a name and a text. Each is read once, by schema. Whatever is wrong is told together, each fault with the setting, the rule and an
example; nothing starts, and nothing is deployed, with half a configuration. A name that is nearly that of a setting is a fault too.
Secrets are never settings: a setting names the secret, and its value lies in Secrets Manager (in the local run: in a file of the state folder).

## On AWS
\`deployment.json\` in the project's folder is one JSON object of these names; \`deployment.example.json\` is a start, and [deploy.md](deploy.md)
leads through it. Lists and numbers may be written as such. Values of the local run's fixture, addresses of the machine itself, and the
example's own values are refused; so is http, since keys travel there.

### Settings of the service
${settingsTable(SERVICE_SETTINGS)}

### Settings of the stacks
${settingsTable(DEPLOYMENT_SETTINGS)}

Set by what runs the functions, never by hand; the first two by the local run only:

${settingsTable(STACK_SETTINGS)}

## On one machine
\`npm start\` reads its settings from the environment; \`npm start -- --help\` lists them.

${table(
  ['setting', 'what it decides', 'rule', 'unless set'],
  LOCAL_SETTINGS.map(({ name, meaning, expected, byDefault }) => [
    code(name),
    meaning,
    expected,
    byDefault === '' ? 'none' : code(byDefault),
  ]),
)}

Of the settings of the service ${PRODUCT_SETTINGS.map(code).join(', ')} may be set as well; the others belong to the fixture.
`;
}

function settingsTable(settings: SettingTable): string {
  return table(
    ['setting', 'what it decides', 'rule', 'unless set', 'example'],
    Object.entries(settings).map(([name, setting]) => [
      code(name),
      setting.meaning,
      setting.expected,
      'fallback' in setting ? (setting.fallback === undefined ? 'off' : code(String(setting.fallback))) : '**needed**',
      code(setting.example),
    ]),
  );
}

function code(text: string): string {
  return `\`${text}\``;
}
