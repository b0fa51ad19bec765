import { access, grants, type Permission } from '../../functions/access.ts';
import { GENERATED, table } from './markdown.ts';

/** `docs/access.md`: who may do what, and why, from the table that the roles are made of. */
export function accessDocument(): string {
  return `# Who may do what

${GENERATED}

Each function has a role of its own with the grants listed here, and may write its own log. Whoever has a grant on a table or a secret may use the
key that encrypts it, by way of that service only. There is nothing else. \`test/end-to-end/access.test.ts\` plays uploads of every kind and holds
what the functions really call against this list; \`test/infra/access.test.ts\` holds the roles against it.

No role has an action with a wildcard. Of functions' roles, resources have one in three places, where the service demands it: the streams of a log group
(\`:*\`), the executions of our state machine (\`:*\`), and the six characters that Secrets Manager adds to the name of a secret (\`-??????\`).

## What a grant allows
${table(['grant', 'actions', 'on', 'only partitions'], Object.entries(grants).map(grantRow))}

## Functions
${Object.entries(access)
  .map(([functionName, granted]) => {
    const rows = Object.entries(granted).map(([grant, reason]) => [`\`${grant}\``, reason]);
    return `### ${functionName}\n${rows.length === 0 ? 'Nothing.' : table(['grant', 'because'], rows)}`;
  })
  .join('\n\n')}

## Others
${table(
  ['who', 'may', 'because'],
  [
    ['HTTP API', 'invoke the functions of its routes', 'It serves them.'],
    ['transfer workflow', 'invoke the functions of its steps', 'It runs them.'],
    [
      'transfer workflow',
      'set up the delivery of its log (`logs:*Delivery`, `logs:*ResourcePolicies`, `logs:DescribeLogGroups` on `*`)',
      'Step Functions demands it, and these calls know no resource.',
    ],
    [
      'schedules',
      'invoke their monitor, leave a message in the queue of failed runs',
      'A run that cannot start is told of.',
    ],
    ['monitors', 'leave a message in the queue of failed runs', 'A run that fails is told of.'],
    ['CloudWatch alarms', 'use the key for the alarm topic', 'The topic is encrypted.'],
  ],
)}
`;
}

function grantRow([grant, permission]: [string, Permission]): string[] {
  const { actions, on, partitionKeys } = permission;
  return [
    `\`${grant}\``,
    actions.map((action) => `\`${action}\``).join(', '),
    on.replaceAll('-', ' '),
    (partitionKeys ?? []).map((pattern) => `\`${pattern}\``).join(' '),
  ];
}
