import { describe, expect, it } from 'vitest';
import { access, type Grant, grants } from '../../functions/access.ts';
import { parseDatasetId } from '../../functions/domain/ids.ts';
import { httpApi, monitors, steps } from '../../functions/manifest.ts';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import { SECRET_READERS } from '../support/secret-readers.ts';
import { reachableNeeds } from './reachable-ports.ts';

const ENTRIES = [...httpApi.routes, httpApi.notFound, ...steps, ...monitors].map(({ functionName, entry }) => {
  return { functionName, handler: `functions/${entry}#handler` };
});
const ALL_GRANTS = Object.keys(grants) as Grant[];
const grantsOf = (functionName: string) => Object.keys(access[functionName] ?? {}).sort();
const whoMay = (grant: Grant) =>
  Object.keys(access).filter((functionName) => access[functionName]?.[grant] !== undefined);

/** What the workflow tells its steps, by the name of the function. */
const PAYLOADS = new Map<string, object>(
  Object.values(transferWorkflowDefinition.States).flatMap((state) =>
    'Arguments' in state ? [[state.Arguments.FunctionName, state.Arguments.Payload] as const] : [],
  ),
);
const toldOf = (member: string) => [...PAYLOADS].filter(([, payload]) => member in payload).map(([name]) => name);

describe('the grants', () => {
  it('are given to the functions of the manifest and to nobody else', () => {
    expect(Object.keys(access).sort()).toEqual(ENTRIES.map(({ functionName }) => functionName).sort());
  });

  it('each have a reason in one plain sentence', () => {
    const reasons = Object.values(access).flatMap((each) => Object.values(each));
    expect(reasons.filter((reason) => !/^[A-Z][^.:;\n]{10,115}\.$/.test(reason))).toEqual([]);
  });

  it('name single actions, never a family of them', () => {
    const actions = ALL_GRANTS.flatMap((grant) => [...grants[grant].actions]);
    expect(actions.filter((action) => !/^(dynamodb|states|secretsmanager):[A-Za-z]+$/.test(action))).toEqual([]);
  });

  it('reach the partition of every dataset, whose number begins with 1 to 9', () => {
    const beginnings = grants['transfers.read'].partitionKeys.map((pattern) => pattern.replace(/\*$/, ''));
    for (const beginning of beginnings) expect(parseDatasetId(`${beginning}0`)).toBe(`${beginning}0`);
    expect(beginnings).toHaveLength(9);
    expect(() => parseDatasetId('0')).toThrow('Bad dataset ID number');
  });

  it('are each given to somebody', () => {
    expect(ALL_GRANTS.filter((grant) => whoMay(grant).length === 0)).toEqual([]);
  });

  it('let whoever may write or remove also read, since a write whose condition failed is read back', () => {
    for (const items of ['transfers', 'claims', 'access-rules'] as const) {
      const writers = [...whoMay(`${items}.write`), ...whoMay(`${items}.remove`)];
      expect(whoMay(`${items}.read`)).toEqual(expect.arrayContaining(writers));
    }
  });

  it('let exactly those who call Globus count their calls', () => {
    expect(whoMay('transfers.count')).toEqual(whoMay('secret.globus'));
  });
});

describe('by what its code can reach', () => {
  const STEP_HANDLER = 'functions/steps/step-handler.ts#stepHandler';
  const waiting = toldOf('taskToken');
  const hasOwnToken: readonly string[] = httpApi.routes.flatMap(({ functionName, callers }) =>
    ['owner', 'operator'].includes(callers) || functionName === 'globus-download-parameters' ? [functionName] : [],
  );

  it.each(ENTRIES)(
    '$functionName is granted what it may come to need and nothing more',
    ({ functionName, handler }) => {
      // What the wrapper of all steps does with a token is for the steps that are told one.
      const needed = reachableNeeds(
        handler,
        waiting.includes(functionName) ? [] : [STEP_HANDLER],
        hasOwnToken.includes(functionName),
      );
      expect(grantsOf(functionName)).toEqual([...needed].sort());
    },
  );

  it('every step may read the record, by which the wrapper of all steps knows that its execution is outdated', () => {
    expect(whoMay('transfers.read')).toEqual(expect.arrayContaining(steps.map(({ functionName }) => functionName)));
  });

  it('the steps that wait are those that are told a token, and how old their execution is', () => {
    expect(waiting).toEqual(['await-report', 'await-completion']);
    expect(toldOf('executionStartedAt')).toEqual(waiting);
  });
});

describe("Dataverse's superuser token (T-18)", () => {
  it('is read by the handlers that authorise and lock, the steps that act on the dataset, and the sweep', () => {
    expect(whoMay('secret.dataverse-superuser')).toEqual(SECRET_READERS['dataverse-superuser']);
  });

  it.each(['globus-upload-parameters', 'globus-download-parameters', 'not-found', 'task-monitor'])(
    'is not read by %s',
    (functionName) => {
      expect(grantsOf(functionName)).not.toContain('secret.dataverse-superuser');
    },
  );

  it('comes with the unblock key where a function acts as a user, and nowhere else', () => {
    expect(whoMay('secret.dataverse-unblock-key')).toEqual(SECRET_READERS['dataverse-unblock-key']);
  });
});

describe('other powers', () => {
  it('not-found may do nothing', () => {
    expect(grantsOf('not-found')).toEqual([]);
  });

  it('the parameter handler may sign URLs and do nothing else', () => {
    expect(grantsOf('globus-upload-parameters')).toEqual(['secret.url-signing']);
  });

  it('the task monitor reads the index, asks Globus and wakes: it reads, writes and removes no record and no rule', () => {
    expect(grantsOf('task-monitor')).toEqual(['secret.globus', 'transfers.count', 'transfers.open', 'workflow.wake']);
  });

  it('raise-attention knows nothing but the record', () => {
    expect(grantsOf('raise-attention')).toEqual(['transfers.read', 'transfers.write']);
  });

  it('the index, which may lag, is read by monitors, and to list what is open: nobody decides by it', () => {
    expect(whoMay('transfers.open')).toEqual(['list-transfers', 'task-monitor', 'sweep']);
  });

  it('the key that signs our URLs is read by the handlers alone', () => {
    const takesSignedUrls = httpApi.routes.filter(({ callers }) => !['owner', 'operator'].includes(callers));
    expect(whoMay('secret.url-signing')).toEqual(takesSignedUrls.map(({ functionName }) => functionName));
  });

  it('access rules are made and removed where a transfer begins, ends or is swept, not where a task is looked at', () => {
    const keepers = [
      'request-globus-upload-paths',
      'add-globus-files',
      'request-globus-download',
      'monitor-globus-download',
      'retry-transfer',
      'end-lease',
      'release-access-rule',
      'register-files',
      'close-transfer',
      'sweep',
    ];
    for (const act of ['write', 'remove'] as const) expect(whoMay(`access-rules.${act}`)).toEqual(keepers);
    const readers = whoMay('access-rules.read').filter((name) => !keepers.includes(name));
    expect(readers).toEqual(['cancel-transfer', 'release-transfer']);
  });

  it('items beside headers are removed where a report is undone or a lock given up; look-at-task removes claims only', () => {
    expect(whoMay('transfers.remove')).toEqual([
      'add-globus-files',
      'monitor-globus-download',
      'retry-transfer',
      'end-lease',
      'close-transfer',
      'sweep',
    ]);
    const alsoLooks = [
      'add-globus-files',
      'monitor-globus-download',
      'retry-transfer',
      'release-transfer',
      'end-lease',
      'look-at-task',
      'await-completion',
      'sweep',
    ];
    expect(whoMay('claims.remove')).toEqual(alsoLooks);
  });

  it('executions are started by whoever opens a transfer or hands one over', () => {
    expect(whoMay('workflow.start')).toEqual([
      'request-globus-upload-paths',
      'add-globus-files',
      'request-globus-download',
      'monitor-globus-download',
      'cancel-transfer',
      'retry-transfer',
      'release-transfer',
      'await-report',
      'await-completion',
      'release-access-rule',
      'register-files',
      'close-transfer',
      'sweep',
    ]);
  });

  it('steps are woken by a report, by themselves and by the monitors; the sweep alone asks about executions', () => {
    const wakers = [
      'add-globus-files',
      'monitor-globus-download',
      'cancel-transfer',
      'retry-transfer',
      'release-transfer',
      'await-report',
      'await-completion',
      'task-monitor',
      'sweep',
    ];
    expect(whoMay('workflow.wake')).toEqual(wakers);
    expect(whoMay('workflow.status')).toEqual(['sweep']);
  });

  it('an Idempotency-Key concerns grants alone', () => {
    expect(whoMay('idempotency-keys.use')).toEqual(['request-globus-upload-paths', 'request-globus-download']);
  });
});
