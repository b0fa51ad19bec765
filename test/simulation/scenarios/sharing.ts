import { send } from '../actors/client.ts';
import { makeRuleByHand, when } from '../actors/hands.ts';
import { askForPaths, download, upload } from '../actors/journeys.ts';
import { DIRECTORIES, DRAFT, PEOPLE, PUBLISHED } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  registeredIn,
  statesOf,
  statusesOf,
  timesTold,
  transferNumber,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator, colleague } = PEOPLE;
const ONCE = { tries: 1 };
const GRANT = 'request-globus-upload-paths';

/** F-05 to F-07 and F-12: rules that are there already, whosever they are. */
export const SHARING: readonly Scenario[] = [
  {
    name: 'a second grant of the same identity joins the rule that is there, and makes none',
    plays: ['F-05'],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, task: { pace: 60_000 } });
      await askForPaths(sim, curator, DRAFT);
      const [row] = sim.rows();
      mustBe(Object.keys(row?.holders ?? {}).length, 2, 'holders');
    },
    after(sim) {
      mustBe(callsOf(sim, 'globus.createAccessRule'), 1, 'create calls');
      mustBe(statesOf(sim), 'CLOSED EXPIRED', 'transfers');
    },
  },
  {
    name: 'a rule made by hand that suffices is used, and stays when all is over',
    plays: ['F-06'],
    async play(sim) {
      const ruleId = makeRuleByHand(sim, DRAFT, curator.principal, 'rw');
      await upload(sim, curator, { datasetId: DRAFT });
      await when(sim, () => statesOf(sim) === 'CLOSED');
      must(
        sim.globus.truth.rules.some((rule) => rule.ruleId === ruleId && rule.permission === 'rw'),
        'it is there',
      );
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(sim.globus.truth.rules.length, 1, 'rules, the one made by hand');
      mustBe(callsOf(sim, 'globus.deleteAccessRule'), 0, 'delete calls');
    },
  },
  {
    name: 'a rule made by hand that does not suffice is a conflict, and is not raised',
    plays: ['F-06'],
    async play(sim) {
      makeRuleByHand(sim, DRAFT, curator.principal, 'r');
      await askForPaths(sim, curator, DRAFT);
    },
    after(sim) {
      mustBe(statusesOf(sim, GRANT), '409', 'replies');
      mustBe(statesOf(sim), 'REFUSED', 'transfers');
      mustBe(sim.globus.truth.rules[0]?.permission, 'r', 'the rule');
    },
  },
  {
    name: 'a full collection answers 503 with a time to come back, keeps nothing, and grants when there is room',
    plays: ['F-07'],
    async play(sim) {
      makeRuleByHand(sim, PUBLISHED, colleague.principal, 'r');
      sim.globus.truth.ruleLimit = 1;
      const json = { principal: curator.principal, numberOfFiles: 2 };
      const reply = await send(sim, curator, { functionName: GRANT, datasetId: DRAFT, json });
      mustBe(`${reply.status} ${reply.retryAfterSeconds}`, '503 60', 'reply');
      mustBe(statesOf(sim), 'REFUSED', 'transfers');
      mustBe(sim.rows().length, 0, 'rows');
      sim.globus.truth.ruleLimit = 2;
      await upload(sim, curator, { datasetId: DRAFT });
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(timesTold(sim, 'access-rule-limit'), 1, 'told of');
    },
  },
  {
    name: 'a full collection gets the room of a deletion that was left half done, in the request that needs it',
    plays: ['F-07'],
    faults: [at('end-lease: globus.deleteAccessRule', 'dies-before')],
    async play(sim) {
      sim.globus.truth.ruleLimit = 1;
      await askForPaths(sim, curator, DRAFT);
      await when(sim, () => sim.rows()[0]?.state === 'DELETING');
      await sim.sleep(20);
      await askForPaths(sim, colleague, DRAFT, { patience: ONCE });
    },
    after(sim) {
      mustBe(statusesOf(sim, GRANT), '200 200', 'replies');
      mustBe(timesTold(sim, 'access-rule-room-made'), 1, 'room was made');
    },
  },
  {
    name: 'an upload that joins the rule of a download raises it once, and it is never weakened',
    plays: ['F-12'],
    async play(sim) {
      const downloading = download(sim, curator, { datasetId: PUBLISHED, task: { pace: 60_000 } });
      await sim.sleep(5);
      await upload(sim, curator, { datasetId: PUBLISHED });
      await when(sim, () => transferNumber(sim, 2).state === 'CLOSED');
      mustBe(sim.globus.ruleOf(DIRECTORIES[PUBLISHED] ?? '', curator.principal)?.permission, 'rw', 'the rule');
      await downloading;
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED CLOSED', 'transfers');
      const calls = ['createAccessRule', 'updateAccessRule', 'deleteAccessRule'];
      mustBe(calls.map((call) => callsOf(sim, `globus.${call}`)).join(' '), '1 1 1', 'calls on rules');
    },
  },
  {
    name: 'a download that joins the rule of an upload leaves it as it is, and takes it with it as the last',
    plays: ['F-12'],
    async play(sim) {
      await upload(sim, curator, { datasetId: PUBLISHED, task: { pace: 5_000 } });
      await download(sim, curator, { datasetId: PUBLISHED, task: { pace: 60_000 } });
      await when(sim, () => transferNumber(sim, 1).state === 'CLOSED');
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED CLOSED', 'transfers');
      mustBe(callsOf(sim, 'globus.updateAccessRule'), 0, 'calls that change the rule');
      mustBe(registeredIn(sim, PUBLISHED), 2, 'registered files');
    },
  },
];
