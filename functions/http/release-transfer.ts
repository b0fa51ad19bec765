import { parseTransferId } from '../domain/ids.ts';
import { authoriseSteering } from '../use-cases/authorise-transfer.ts';
import { releaseTransfer } from '../use-cases/release-transfer.ts';
import { accountTokenOf } from './caller.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import { ok } from './reply.ts';

/** `POST …/globus/transfers/{transferId}/release`: gives it up; nothing more is registered, and what it holds is let go. Never under a live task. */
const release: Operation = async (app, request) => {
  const actingAs = accountTokenOf(request);
  const steered = await authoriseSteering(app.ports, parseTransferId(request.transferInPath), actingAs);
  return ok(await releaseTransfer(app.ports, steered));
};

export const handler = httpHandler('release-transfer', release);
