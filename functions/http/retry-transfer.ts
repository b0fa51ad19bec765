import { InvalidRequestError } from '../domain/errors.ts';
import { parseTaskId, parseTransferId } from '../domain/ids.ts';
import { parseJson } from '../domain/json.ts';
import * as z from '../domain/schema.ts';
import type { Adoption } from '../use-cases/adopt-task.ts';
import { authoriseSteering } from '../use-cases/authorise-transfer.ts';
import { retryTransfer } from '../use-cases/retry-transfer.ts';
import { accountTokenOf } from './caller.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { ok } from './reply.ts';

/** `POST …/globus/transfers/{transferId}/retry`: has it go on, registers what was not, or reports a task that nobody reported. */
const retry: Operation = async (app, request) => {
  const actingAs = accountTokenOf(request);
  const transferId = parseTransferId(request.transferInPath);
  const adoption = adoptionIn(request);
  const steered = await authoriseSteering(app.ports, transferId, actingAs);
  return ok(await retryTransfer(app.ports, app.settings, { ...steered, actingAs, adoption }));
};

/** The files are judged like those of any report, once the task is proven. */
const adoptionSchema = z.object({ taskIdentifier: z.optional(z.string()), files: z.optional(z.array(z.unknown())) });

function adoptionIn({ body }: HttpRequest): Adoption | undefined {
  const text = body.toString('utf8').trim();
  if (text === '') return undefined;
  const complaint = 'Error parsing json body';
  const parsed = adoptionSchema.safeParse(parseJson(text, complaint));
  const expected = 'expected nothing, or {"taskIdentifier": "…", "files": […]} with or without the files';
  if (!parsed.success) throw new InvalidRequestError(`${complaint}: ${expected}.`);
  const { taskIdentifier, files } = parsed.data;
  if (taskIdentifier !== undefined) return { taskId: parseTaskId(taskIdentifier), files };
  if (files === undefined) return undefined;
  throw new InvalidRequestError(`${complaint}: ${expected}. There are files, and no task.`);
}

export const handler = httpHandler('retry-transfer', retry);
