import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { accessDocument, parseRule } from './access-routes.ts';
import type { GlobusContext } from './context.ts';
import { controlRefusal, withBody } from './control-body.ts';
import { controlPeopleRoutes } from './control-people.ts';
import { controlTaskRoutes } from './control-tasks.ts';
import { findCollection } from './world.ts';

/** What people and tests may do to the simulator, beyond Globus's own calls; see README.md beside this file. */
export function controlRoutes(context: GlobusContext): SimulatorRoute[] {
  const { settings } = context;
  return [
    ['GET', '/_control/state', () => ({ status: 200, body: readState(context) })],
    ['POST', '/_control/rules', withBody((body) => addRule(context, body))],
    ['DELETE', '/_control/rules/{id}', (request) => removeRule(context, request)],
    [
      'POST',
      '/_control/bytes-per-second',
      withBody(({ value }) => {
        if (value !== null && !isPositive(value))
          return controlRefusal('expected {"value": <positive number or null>}');
        settings.bytesPerSecond = value;
        return done({ bytesPerSecond: value });
      }),
    ],
    [
      'POST',
      '/_control/rate-limit',
      withBody(({ enabled }) => {
        if (typeof enabled !== 'boolean') return controlRefusal('expected {"enabled": <boolean>}');
        settings.isRateLimited = enabled;
        return done({ enabled });
      }),
    ],
    [
      'POST',
      '/_control/rule-limit',
      withBody((body) => setNumber(body['value'], (value) => (settings.ruleLimit = value))),
    ],
    [
      'POST',
      '/_control/page-size',
      withBody((body) => setNumber(body['value'], (value) => (settings.pageSize = value))),
    ],
    [
      'POST',
      '/_control/operation-delay',
      withBody(({ milliseconds }) => {
        if (typeof milliseconds !== 'number' || milliseconds < 0)
          return controlRefusal('expected {"milliseconds": <number from 0>}');
        settings.operationDelayMilliseconds = milliseconds;
        return done({ milliseconds });
      }),
    ],
    ['POST', '/_control/token-expiry', () => done({ expired: context.tokens.expireAll() })],
    ...controlPeopleRoutes(context),
    ...controlTaskRoutes(context),
  ];
}

function readState(context: GlobusContext) {
  const { falseReports, ...settings } = context.settings;
  return {
    settings,
    falseReports: Object.fromEntries(falseReports),
    rules: context.world.collections.flatMap(({ id }) =>
      context.rules.list(id).map((rule) => ({ collectionId: id, ...accessDocument(rule) })),
    ),
    tasks: context.tasks.listAll().map((task) => ({
      task_id: task.taskId,
      status: task.status,
      owner_id: task.ownerId,
      type: task.type,
      source_endpoint_id: task.sourceId,
      destination_endpoint_id: task.destinationId,
      is_paused: task.isPaused,
      is_running: context.runner.isRunning(task.taskId),
      faults: task.faults,
      error: task.fatalCode ?? task.errorCode,
      bytes_transferred: task.bytesTransferred + task.bytesInFlight,
    })),
  };
}

/** Adds a rule as if by hand: no token, no look at the ceiling or at doubles. */
function addRule(context: GlobusContext, body: Record<string, unknown>): SimulatorReply {
  const collection = findCollection(context.world, String(body['collectionId']));
  if (!collection) return controlRefusal('collectionId: no such collection');
  try {
    const rule = context.rules.add(parseRule(collection.id, body));
    return { status: 201, body: { collectionId: collection.id, ...accessDocument(rule) } };
  } catch (error) {
    return controlRefusal((error as Error).message);
  }
}

function removeRule(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const rule = context.rules.findAnywhere(request.params['id'] ?? '');
  if (!rule) return { status: 404, body: { message: 'no such rule' } };
  context.rules.remove(rule);
  return done(accessDocument(rule));
}

function setNumber(value: unknown, set: (value: number) => void): SimulatorReply {
  if (!isPositive(value) || !Number.isInteger(value))
    return controlRefusal('expected {"value": <whole number from 1>}');
  set(value);
  return done({ value });
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function done(body: unknown): SimulatorReply {
  return { status: 200, body };
}
