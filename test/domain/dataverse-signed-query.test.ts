import { describe, expect, it } from 'vitest';
import { isSignedByDataverse, userSignedFor } from '../../functions/domain/dataverse-signed-query.ts';

const TOKEN = 'bd5c86ec';
const SIGNED = `until=2031-02-03T04:05:06.789&user=curator&method=POST&token=${TOKEN}`;

describe('a query that Dataverse may have signed', () => {
  it.each([
    { case: 'with its four parameters', query: SIGNED, expected: true },
    { case: 'with parameters before and after', query: `locale=en&${SIGNED}&dvLocale=en`, expected: true },
    { case: 'with an empty token', query: 'user=curator&token=', expected: true },
    { case: 'with a token whose name is encoded, as Dataverse reads it', query: 'user=a&tok%65n=ab', expected: true },
    { case: 'with our key id, which makes it ours', query: `kid=00000000&${SIGNED}`, expected: false },
    { case: 'without a token', query: 'until=2031-02-03T04:05:06.789&user=curator', expected: false },
    { case: 'with a parameter that ends alike', query: 'mytoken=ab', expected: false },
    { case: 'without anything', query: '', expected: false },
  ])('is told by its token: $case', ({ query, expected }) => {
    expect(isSignedByDataverse(query)).toBe(expected);
  });

  it.each([
    { case: 'as Dataverse appends it', query: SIGNED, user: 'curator' },
    { case: 'after parameters of the call', query: `persistentId=doi:10.5072/FK2/A&${SIGNED}`, user: 'curator' },
    { case: 'with what a client appended', query: `${SIGNED}&dvLocale=en`, user: 'curator' },
    { case: 'whoever is named after the token', query: `${SIGNED}&user=admin`, user: 'curator' },
    { case: 'percent-decoded once', query: SIGNED.replace('curator', 'o%27neill%2B1%40x'), user: "o'neill+1@x" },
    { case: 'percent-decoded no more than once', query: SIGNED.replace('curator', 'a%2541'), user: 'a%41' },
  ])('claims its user: $case', ({ query, user }) => {
    expect(userSignedFor(query)).toBe(user);
  });

  it.each([
    { case: 'no user', query: SIGNED.replace('user=curator&', '') },
    { case: 'an empty user', query: SIGNED.replace('curator', '') },
    { case: 'no end', query: SIGNED.replace(/until=[^&]+&/, '') },
    { case: 'no method', query: SIGNED.replace('method=POST&', '') },
    { case: 'no token', query: SIGNED.replace(/&token=.*/, '') },
    { case: 'the user twice', query: `user=curator&${SIGNED}` },
    { case: 'two users', query: `user=admin&${SIGNED}` },
    { case: 'another user with an encoded name in front', query: `us%65r=admin&${SIGNED}` },
    { case: 'a user after the token alone', query: `${SIGNED.replace('user=curator&', '')}&user=curator` },
    { case: 'an encoded token in front', query: `tok%65n=1&${SIGNED}` },
    { case: 'an encoded token behind', query: `${SIGNED}&tok%65n=1` },
    { case: 'the token in front of its user', query: `token=1&${SIGNED}` },
    { case: 'a key, which Dataverse would look at first', query: `${SIGNED}&key=` },
    { case: "a workflow's credential, which Dataverse would look at first", query: `${SIGNED}&invocationID=abc` },
    { case: 'a plus in its user', query: SIGNED.replace('curator', 'a+b') },
    { case: 'an at sign before its user', query: SIGNED.replace('curator', '@curator') },
    { case: 'an encoded at sign before its user', query: SIGNED.replace('curator', '%40curator') },
    { case: 'the visitor of a private URL', query: SIGNED.replace('curator', '!29') },
    { case: 'a user that breaks the encoding', query: SIGNED.replace('curator', '%E0%A4%A') },
    { case: 'a control in its user', query: SIGNED.replace('curator', 'cura%0Ator') },
    { case: 'nothing in it', query: '' },
  ])('claims no user with $case', ({ query }) => {
    expect(userSignedFor(query)).toBeUndefined();
  });
});
