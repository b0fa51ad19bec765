import * as z from 'zod/mini';
import { DemoFailure } from './demo-failure.ts';

/** `signedUrls` of every answer about parameters (dataverse-api.md 2.1); `timeOut` in minutes. */
export const signedUrlsSchema = z.array(z.object({ name: z.string(), signedUrl: z.string(), timeOut: z.number() }));

type SignedUrls = z.output<typeof signedUrlsSchema>;

/** @throws DemoFailure when there is none of that name */
export function findSignedUrl(urls: SignedUrls, name: string): SignedUrls[number] {
  const found = urls.find((each) => each.name === name);
  if (found) return found;
  throw new DemoFailure(`The parameters hold no signed URL ${name}.`);
}
