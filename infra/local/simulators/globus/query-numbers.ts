import { badRequest } from './transfer-error.ts';

/** A number from the query. @throws TransferError 400 when the text is not a whole number from 0 */
export function wholeNumber(text: string | null, fallback: number, name: string): number {
  if (text === null || text === '') return fallback;
  if (!/^\d+$/.test(text)) throw badRequest(`${name} must be a whole number`);
  return Number(text);
}
