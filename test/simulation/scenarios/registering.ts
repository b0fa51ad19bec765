import { asUserName, type TaskId } from '../../../functions/domain/ids.ts';
import { dataverseIsDown, holdUp, lockedByOthers, when } from '../actors/hands.ts';
import { askForPaths, sendPatiently, submitUpload, upload } from '../actors/journeys.ts';
import type { Submission } from '../fakes/simulated-globus.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DRAFT, PEOPLE } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  outcomesOf,
  reasonsOf,
  registeredIn,
  statesOf,
  timesTold,
  transferNumber,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator } = PEOPLE;
const HOUR = 3_600;
const DAY = 24 * HOUR;
const ADD = 'register-files: dataverse.addFiles';

async function followed(sim: Simulation, task: Partial<Submission> = {}): Promise<readonly string[]> {
  const done = await upload(sim, curator, { datasetId: DRAFT, task });
  if (done?.reply.status !== 200) throw new Error('the report was not accepted');
  return done.granted.entries.map(([identifier]) => identifier);
}

function after(sim: Simulation): void {
  mustBeRegistered(sim, DRAFT);
  mustBe(statesOf(sim), 'CLOSED', 'transfers');
}

/** Whoever has no API token cannot be acted for. */
function setToken(sim: Simulation, token: string | null): void {
  for (const dataset of sim.dataverse.datasets.values()) dataset.accounts.set(asUserName(curator.userName), { token });
}

/** F-62 to F-71: files are registered, each once. */
export const REGISTERING: readonly Scenario[] = [
  {
    name: 'a file that Dataverse refuses is left out with its reason, and the other is registered',
    plays: ['F-62'],
    async play(sim) {
      const [identifier = ''] = await followed(sim, { pace: 5_000 });
      sim.dataverse.of(DRAFT).fileErrors.set(identifier, 'The file name is in use.');
    },
    after(sim) {
      mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'refused registered', 'files');
      must(reasonsOf(sim, transferNumber(sim, 1)).includes('The file name is in use.'), 'the reason is kept');
      mustBe(registeredIn(sim, DRAFT), 1, 'registered files');
    },
  },
  ...(['lost', 'late', 'hangs', 'twice'] as const).map((kind): Scenario => {
    const what = {
      lost: 'ends in a 500 after its effect',
      late: 'is cut off, and lands while it is waited for',
      hangs: 'is cut off without effect',
      twice: 'arrives twice',
    }[kind];
    return {
      name: `a registration that ${what} leaves each file there once`,
      plays: ['F-63'],
      faults: [at(ADD, kind)],
      async play(sim) {
        await followed(sim);
      },
      after,
    };
  }),
  {
    name: 'a file that somebody registered by hand meanwhile is not added again, and does not fail the others',
    plays: ['F-63'],
    async play(sim) {
      const [storageIdentifier = ''] = await followed(sim, { pace: 10_000 });
      sim.dataverse.of(DRAFT).files.push({ storageIdentifier, fileName: 'by hand.dat' } as never);
    },
    after(sim) {
      after(sim);
      mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'registered registered', 'files');
    },
  },
  {
    name: 'an upload that ends while Dataverse is down for more than a day keeps its lock, asks an operator, and is registered afterwards',
    plays: ['F-64'],
    async play(sim) {
      await followed(sim, { pace: 30_000 });
      const down = dataverseIsDown(sim, DRAFT, 30 * HOUR);
      await sim.sleep(DAY);
      mustBe(statesOf(sim), 'ATTENTION', 'transfers');
      mustBe(sim.dataverse.of(DRAFT).lockList[0]?.lockType, 'GlobusUpload', 'the lock');
      mustBe(sim.globus.truth.rules.length, 0, 'rules, none of which is needed any more');
      await down;
    },
    after(sim) {
      after(sim);
      must(timesTold(sim, 'transfer-needs-attention') > 0, 'an operator is told');
    },
  },
  {
    name: "somebody else's lock in the gap before registration is waited for, and never taken off",
    plays: ['F-65'],
    async play(sim) {
      await followed(sim, { pace: 10_000 });
      await when(sim, () => statesOf(sim) === 'SETTLING', 300, 0.1);
      const stood = await lockedByOthers(sim, DRAFT, 'Workflow', async () => {
        await sim.sleep(50 * 60);
        mustBe(registeredIn(sim, DRAFT), 0, 'registered files');
      });
      must(stood, 'the lock is untouched');
    },
    after,
  },
  {
    name: 'a file beyond the quota is left out with the limit, and the other is registered',
    plays: ['F-66'],
    async play(sim) {
      await followed(sim, { pace: 10_000 });
      const leave = (remainingQuotaBytes: number) => {
        sim.dataverse.of(DRAFT).limits = { fileSizeLimitBytes: null, remainingQuotaBytes, remainingFiles: null };
      };
      leave(20);
      await when(sim, () => registeredIn(sim, DRAFT) === 1, 300, 0.002);
      leave(8);
    },
    after(sim) {
      mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'refused registered', 'files');
      must(timesTold(sim, 'files-beyond-limits') > 0, 'told of');
      must(reasonsOf(sim, transferNumber(sim, 1)).includes('of the storage quota'), 'the reason names the quota');
    },
  },
  {
    name: 'a file that is not what its checksum says fails alone',
    plays: ['F-67'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT);
      if (!granted) return;
      const taskId = submitUpload(sim, curator, [granted]) as TaskId;
      await sim.sleep(10);
      const { copied } = sim.globus.truth;
      const checksum = { algorithm: 'MD5', value: 'ab'.repeat(16) };
      copied.set(
        taskId,
        (copied.get(taskId) ?? []).map((file) => ({ ...file, checksum })),
      );
      const files = granted.entries.map(([storageIdentifier], index) => ({
        storageIdentifier,
        fileName: `file ${index}.dat`,
        checksum: { '@type': 'MD5', '@value': (index === 0 ? 'cd' : 'ab').repeat(16) },
      }));
      const jsonData = JSON.stringify({ taskIdentifier: taskId, files });
      await sendPatiently(sim, curator, { functionName: 'add-globus-files', datasetId: DRAFT, jsonData });
    },
    after(sim) {
      mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'refused registered', 'files');
      must(reasonsOf(sim, transferNumber(sim, 1)).includes('cdcdcdcd'), 'the reason names the sum');
    },
  },
  {
    name: 'a dataset that is destroyed under a live task keeps the rule to the end of the task, and then nothing is sent',
    plays: ['F-68'],
    async play(sim) {
      await followed(sim, { pace: 60_000 });
      sim.dataverse.destroy(DRAFT);
      await sim.sleep(60);
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
      mustBe(callsOf(sim, 'dataverse.addFiles'), 0, 'calls that register');
      mustBe(
        reasonsOf(sim, transferNumber(sim, 1)),
        'The dataset does not exist any more. The dataset does not exist any more.',
        'reasons',
      );
    },
  },
  {
    name: 'a dataset that is said not to exist, and does, has its files registered',
    plays: ['F-68'],
    // The first list is compared with what was there before the grant, the second one with what was reported.
    faults: [at('register-files: dataverse.listFiles', 'not-found', 2)],
    async play(sim) {
      await followed(sim);
    },
    after,
  },
  {
    name: 'a dataset that is published and gets another identifier under a live task has its files in the new draft',
    plays: ['F-69'],
    async play(sim) {
      await followed(sim, { pace: 60_000 });
      const dataset = sim.dataverse.of(DRAFT);
      dataset.publish();
      const [description] = dataset.datasets;
      if (description) dataset.datasets[0] = { ...description, identifier: 'FK2/MOVED0' };
    },
    after(sim) {
      after(sim);
      mustBe(sim.dataverse.of(DRAFT).hasDraft, true, 'there is a draft');
      must(
        [...sim.globus.truth.directories].every((path) => !path.includes('MOVED0')),
        'the path is that of the grant',
      );
    },
  },
  {
    name: 'a lock of ours that somebody took off is not missed, and a lock of theirs in its place is not ours to take off',
    plays: ['F-70'],
    async play(sim) {
      await followed(sim, { pace: 60_000 });
      sim.dataverse.of(DRAFT).lockList.splice(0);
      const stood = await lockedByOthers(sim, DRAFT, 'GlobusUpload', () => sim.sleep(HOUR));
      must(stood, 'the lock is untouched');
    },
    after,
  },
  {
    name: 'an unlock whose worker dies before it is made up for',
    plays: ['F-70'],
    faults: [at('register-files: dataverse.unlock', 'dies-before')],
    async play(sim) {
      await followed(sim);
    },
    after,
  },
  {
    name: 'an upload whose user has no API token any more waits for an operator, and is registered when there is one',
    plays: ['F-71'],
    async play(sim) {
      await followed(sim, { pace: 30_000 });
      await holdUp(sim, 'no API token', async () => {
        setToken(sim, null);
        await when(sim, () => statesOf(sim) === 'ATTENTION', HOUR);
        await sim.sleep(12 * HOUR);
        mustBe(registeredIn(sim, DRAFT), 0, 'registered files');
        setToken(sim, curator.key);
      });
    },
    after(sim) {
      after(sim);
      must(timesTold(sim, 'transfer-needs-attention') > 0, 'an operator is told');
    },
  },
  {
    name: 'an upload whose user has no API token any more is registered by the service where operators want it so',
    plays: ['F-71'],
    options: { settings: { noTokenPolicy: 'service-account' } },
    async play(sim) {
      await followed(sim, { pace: 30_000 });
      setToken(sim, null);
    },
    after(sim) {
      after(sim);
      mustBe(timesTold(sim, 'registered-as-service-account'), 1, 'told of');
    },
  },
];
