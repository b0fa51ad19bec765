import type { DatasetReference, ForwardedReply } from '../ports/dataverse.ts';
import { jsonOrNothing } from '../use-cases/parameters-answer.ts';
import { verifyReferences } from '../use-cases/verify-references.ts';
import type { Application } from '../wiring.ts';
import { answerOfDataverse } from './forward.ts';
import type { HttpRequest } from './http-request.ts';
import { type HttpReply, json, passOn } from './reply.ts';

/**
 * Passes `requestGlobusUploadPaths` on to Dataverse as it came, for stores that are not ours. Who calls, what they may do and the identifiers
 * are Dataverse's; it makes those without any effect. Where they are of references we add what it does not ask: whether each path is inside
 * the allowed places, segment by segment, and whether the file is there. The answer is Dataverse's with one more member, `verification`.
 * @throws InvalidRequestError for a reference that leads elsewhere, or to a file that is not there
 * @throws UnavailableError, UpstreamRefusedError when Dataverse does not tell us where references are allowed
 */
export async function forwardReferences(
  app: Application,
  request: HttpRequest,
  dataset: DatasetReference,
): Promise<HttpReply> {
  const { ports } = app;
  const reply = await answerOfDataverse(app, request);
  const minted = reply.status === 200 ? mintedReferences(reply) : undefined;
  const endpoints = minted && (await ports.dataverse.referenceEndpoints(dataset));
  if (!minted || !endpoints) return passOn(reply);
  const verification = await verifyReferences(ports, minted.references, endpoints);
  return json(200, { ...minted.answer, verification: Object.fromEntries(verification) });
}

interface MintedReferences {
  readonly answer: object;
  /** As Dataverse has read them: our own reading of the body could differ. */
  readonly references: readonly string[];
}

/**
 * Dataverse's answer for references: an identifier by each reference. For uploads to a managed store it is a path by each identifier
 * (dataverse-api.md 2.2), and a path begins with a slash. Undefined for that, and for what is no such answer.
 */
function mintedReferences({ body }: ForwardedReply): MintedReferences | undefined {
  const answer = jsonOrNothing(Buffer.from(body).toString('utf8'));
  const data = isObject(answer) ? answer['data'] : undefined;
  if (!isObject(answer) || !isObject(data)) return undefined;
  const arePaths = Object.values(data).every((value) => typeof value === 'string' && value.startsWith('/'));
  return arePaths ? undefined : { answer, references: Object.keys(data) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
