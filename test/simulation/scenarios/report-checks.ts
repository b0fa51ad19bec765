import type { TaskId } from '../../../functions/domain/ids.ts';
import type { GlobusTask } from '../../../functions/ports/globus.ts';
import { lockedByOthers, when } from '../actors/hands.ts';
import {
  askForPaths,
  download,
  type Granted,
  reportUntilAccepted,
  reportUpload,
  sendPatiently,
  submitDownload,
  submitUpload,
  upload,
} from '../actors/journeys.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DRAFT, PEOPLE, type Person, PUBLISHED } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  registeredIn,
  statesOf,
  statusesOf,
  transferNumber,
  wayOf,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator, colleague, reader } = PEOPLE;
const REPORT = 'add-globus-files';

async function granted(sim: Simulation, person: Person, files = 2): Promise<Granted> {
  const grant = await askForPaths(sim, person, DRAFT, { files });
  if (!grant) throw new Error('nothing was granted');
  return grant;
}

/** A task that is not the one which was granted, made from one that would be. */
function otherTask(sim: Simulation, grant: Granted, changes: Partial<GlobusTask>): string {
  const taskId = submitUpload(sim, curator, [grant], { pace: 30_000 });
  const task = sim.globus.truth.tasks.get(taskId);
  if (task) sim.globus.truth.tasks.set(taskId, { ...task, ...changes });
  return taskId;
}

/** Who reports a task that is not theirs to report is refused, nothing is locked, and the right task is accepted afterwards. */
function hostile(
  name: string,
  wrongTask: (sim: Simulation, grant: Granted) => string,
  before: (sim: Simulation) => Promise<void> = async () => undefined,
): Scenario {
  return {
    name,
    plays: ['F-29'],
    async play(sim) {
      await before(sim);
      const grant = await granted(sim, curator);
      const wrong = wrongTask(sim, grant);
      await sim.sleep(1);
      const reply = await reportUpload(sim, curator, grant, wrong);
      mustBe(reply.status, 403, 'reply');
      mustBe(sim.dataverse.of(DRAFT).lockList.length + sim.claims().length, 0, 'locks and claims');
      mustBe(sim.globus.truth.rules.length > 0, true, 'the rule stays');
      must(
        sim.log.some((line) => line.includes('"request-refused"')),
        'the log tells of it',
      );
      sim.globus.cancel(wrong as TaskId);
      const right = submitUpload(sim, curator, [grant]);
      await sim.sleep(1);
      mustBe((await reportUntilAccepted(sim, curator, grant, right)).status, 200, 'reply to the right report');
    },
    after: (sim) => mustBe(registeredIn(sim, DRAFT), 2, 'registered files'),
  };
}

/** F-29 to F-35: what a report is checked against, and the lock of its dataset. */
export const REPORT_CHECKS: readonly Scenario[] = [
  hostile("somebody else's task is refused, and the grant stays usable", (sim, grant) =>
    submitUpload(sim, colleague, [grant]),
  ),
  hostile('a task that deletes is refused, and the grant stays usable', (sim, grant) =>
    otherTask(sim, grant, { type: 'DELETE' }),
  ),
  hostile('a task of another collection is refused, and the grant stays usable', (sim, grant) =>
    otherTask(sim, grant, {
      destinationCollectionId: null,
      sourceCollectionId: sim.settings.stores[0]?.collectionId ?? '',
    }),
  ),
  hostile('a task that writes outside the dataset is refused, and the grant stays usable', (sim, grant) =>
    otherTask(sim, grant, { destinationBasePath: '/hdc1/10.5072/FK2/7U7YBV/' }),
  ),
  hostile('a task of the other direction is refused as the upload that it is not', (sim) =>
    submitDownload(sim, curator, PUBLISHED, { skipsErrors: true }),
  ),
  hostile(
    'a task submitted before its grant is refused, and the grant stays usable',
    () => 'aaaaaaaa-0000-4000-8000-000000000001',
    async (sim) => {
      sim.globus.submit({ owner: curator.principal, direction: 'upload', paths: ['/hdc1/x'], pace: 1_000 });
      await sim.sleep(120);
    },
  ),
  {
    name: 'a dataset that is locked for another reason takes no report, keeps that lock, and takes it when it is gone',
    plays: ['F-30'],
    async play(sim) {
      const grant = await granted(sim, curator);
      const taskId = submitUpload(sim, curator, [grant]);
      const stood = await lockedByOthers(sim, DRAFT, 'Workflow', async () => {
        const reply = await reportUpload(sim, curator, grant, taskId);
        mustBe(reply.status, 403, 'reply');
        must(reply.message.includes('locked'), reply.message);
        mustBe(statesOf(sim), 'GRANTED', 'transfers');
      });
      must(stood, 'the lock is untouched');
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(statusesOf(sim, REPORT), '403 200', 'replies');
    },
  },
  {
    name: 'a second upload into a dataset is refused as locked until the first is closed, and then accepted',
    plays: ['F-31'],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, task: { pace: 100_000 } });
      const second = await granted(sim, colleague);
      const taskId = submitUpload(sim, colleague, [second]);
      mustBe((await reportUpload(sim, colleague, second, taskId)).status, 403, 'reply');
      mustBe(sim.find(second.transferId)?.state, 'GRANTED', 'the second transfer');
      await reportUntilAccepted(sim, colleague, second, taskId);
      mustBe(registeredIn(sim, DRAFT), 2, 'registered files of the first');
    },
    after: (sim) => mustBeRegistered(sim, DRAFT, 4),
  },
  {
    name: 'a download of a dataset takes no lock, and an upload into it goes on beside it',
    plays: ['F-31'],
    async play(sim) {
      await Promise.all([
        download(sim, reader, { datasetId: PUBLISHED, task: { pace: 30_000 } }),
        upload(sim, curator, { datasetId: PUBLISHED, submitsAfter: 10 }),
      ]);
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED CLOSED', 'transfers');
      mustBe(statusesOf(sim, REPORT), '200', 'replies');
      mustBe(registeredIn(sim, PUBLISHED), 2, 'registered files');
    },
  },
  {
    name: 'where datasets are locked for their registration only, two uploads go on side by side and register in turn',
    plays: ['F-31', 'F-33'],
    options: { settings: { lockPolicy: 'registration' } },
    async play(sim) {
      await Promise.all([
        upload(sim, curator, { datasetId: DRAFT, task: { pace: 10_000 } }),
        upload(sim, colleague, { datasetId: DRAFT, task: { pace: 10_000 } }),
      ]);
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT, 4);
      mustBe(statusesOf(sim, REPORT), '200 200', 'replies');
    },
  },
  {
    name: 'a report that dies after its lock leaves that lock to the transfer when its client comes back',
    plays: ['F-32'],
    faults: [at(`${REPORT}: dataverse.lock`, 'dies-after')],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT });
    },
    after: (sim) => mustBeRegistered(sim, DRAFT),
  },
  {
    name: 'a report that freezes as it takes away an earlier list of files takes none from whoever finishes the report meanwhile',
    plays: ['F-20', 'F-23'],
    faults: [at(`${REPORT}: transfers.putNew`, 'dies-after'), at(`${REPORT}: transfers.list`, 'freezes')],
    async play(sim) {
      const grant = await askForPaths(sim, curator, DRAFT);
      if (!grant) return;
      const taskId = submitUpload(sim, curator, [grant], { pace: 900_000 });
      const once = { patience: { tries: 1 } };
      await reportUpload(sim, curator, grant, taskId, once);
      await sim.sleep(40);
      await reportUpload(sim, curator, grant, taskId, once);
      await sim.sleep(400);
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after: (sim) => mustBeRegistered(sim, DRAFT),
  },
  {
    name: 'a report that freezes before it locks the dataset, and goes on when all is over, locks nothing',
    plays: ['F-32'],
    // After the claim comes the lock item.
    faults: [at(`${REPORT}: transfers.putNew`, 'freezes', 2)],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, files: 1 });
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT, 1);
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
    },
  },
  {
    name: 'a lock call without an answer is looked up, and the report accepted',
    plays: ['F-32'],
    faults: [at(`${REPORT}: dataverse.lock`, 'lost')],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT });
    },
    after: (sim) => mustBeRegistered(sim, DRAFT),
  },
  {
    name: 'of two reports at once one locks the dataset, the other is told so and comes later, and both are registered',
    plays: ['F-33'],
    async play(sim) {
      const [mine, theirs] = await Promise.all([granted(sim, curator), granted(sim, colleague)]);
      const tasks = [submitUpload(sim, curator, [mine]), submitUpload(sim, colleague, [theirs])];
      const replies = await Promise.all([
        reportUpload(sim, curator, mine, tasks[0] ?? '', { patience: { tries: 1 } }),
        reportUpload(sim, colleague, theirs, tasks[1] ?? '', { patience: { tries: 1 } }),
      ]);
      mustBe(replies.filter(({ status }) => status === 200).length, 1, 'accepted at once');
      await Promise.all([
        reportUntilAccepted(sim, curator, mine, tasks[0] ?? ''),
        reportUntilAccepted(sim, colleague, theirs, tasks[1] ?? ''),
      ]);
    },
    after: (sim) => mustBeRegistered(sim, DRAFT, 4),
  },
  {
    name: 'a task without a rule since its lease is over gets it back by its late report, and is registered',
    plays: ['F-34', 'F-42'],
    async play(sim) {
      const grant = await granted(sim, curator);
      await when(sim, () => statesOf(sim) === 'EXPIRED');
      const taskId = submitUpload(sim, curator, [grant]);
      await sim.sleep(120);
      must((sim.globus.work.get(taskId)?.denials ?? 0) > 0, 'Globus refuses the task its files');
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(statesOf(sim), 'EXPIRED CLOSED', 'transfers');
      mustBe(transferNumber(sim, 2).continues, transferNumber(sim, 1).transferId, 'what it continues');
      mustBe(wayOf(transferNumber(sim, 2)), 'REQUESTED GRANTED BOUND FOLLOWING SETTLING CLOSED', 'its way');
      mustBe(callsOf(sim, 'globus.createAccessRule'), 2, 'create calls');
    },
  },
  {
    name: 'a list of files that is too long for one item is kept in several and registered whole',
    plays: ['F-35'],
    options: { settings: { maxFilesPerGrant: 1_000 } },
    async play(sim) {
      const grant = await granted(sim, curator, 1_000);
      const taskId = submitUpload(sim, curator, [grant], { pace: 1 });
      await sim.sleep(10);
      const directoryLabel = 'a/folder/of/a/long/name'.repeat(20);
      const files = grant.entries.map(([storageIdentifier], index) => ({
        storageIdentifier,
        fileName: `file ${index}.dat`,
        directoryLabel,
      }));
      const jsonData = JSON.stringify({ taskIdentifier: taskId, files });
      await sendPatiently(sim, curator, { functionName: REPORT, datasetId: DRAFT, jsonData });
      const lists = [...sim.transfersTable.items()].filter((item) => String(item['sk']).startsWith('files#'));
      must(lists.length > 1, 'there are several items');
    },
    after: (sim) => mustBeRegistered(sim, DRAFT, 1_000),
  },
];
