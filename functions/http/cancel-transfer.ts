import { parseTransferId } from '../domain/ids.ts';
import { authoriseSteering } from '../use-cases/authorise-transfer.ts';
import { cancelTransfer } from '../use-cases/cancel-transfer.ts';
import { accountTokenOf } from './caller.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import { ok } from './reply.ts';

/** `POST …/globus/transfers/{transferId}/cancel`: stops its Globus task, or ends the lease of one that was never reported. */
const cancel: Operation = async (app, request) => {
  const actingAs = accountTokenOf(request);
  const steered = await authoriseSteering(app.ports, parseTransferId(request.transferInPath), actingAs);
  return ok(await cancelTransfer(app.ports, steered));
};

export const handler = httpHandler('cancel-transfer', cancel);
