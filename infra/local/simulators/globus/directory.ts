import type { Database } from './database.ts';
import type { GlobusIdentity, GlobusWorld, PublicClient } from './world.ts';

/** Who is known: the people and applications of the world, and those added since, which survive a restart. */
export interface Directory {
  /** The world as it is at any moment; what is added shows in it. */
  readonly world: GlobusWorld;
  /** Adds someone, or replaces who has that id. */
  addIdentity(identity: GlobusIdentity): void;
  /** Adds an application without a secret, or replaces the one with that id. */
  addPublicClient(client: PublicClient): void;
}

/** Opens the directory: what the simulator was started with, then what the database holds. */
export function openDirectory(database: Database, world: GlobusWorld): Directory {
  const identities = [...world.identities];
  const publicClients = [...(world.publicClients ?? [])];
  for (const row of database.all('SELECT kind, document FROM directory_entries ORDER BY rowid')) {
    const document = JSON.parse(String(row['document'])) as GlobusIdentity;
    put(row['kind'] === 'identity' ? identities : publicClients, document);
  }
  const store = (kind: string, entry: { readonly id: string }) =>
    database.run('INSERT OR REPLACE INTO directory_entries VALUES (?, ?, ?)', entry.id, kind, JSON.stringify(entry));
  return {
    world: { ...world, identities, publicClients },
    addIdentity(identity) {
      store('identity', identity);
      put(identities, identity);
    },
    addPublicClient(client) {
      store('client', client);
      put(publicClients, client);
    },
  };
}

function put<Entry extends { readonly id: string }>(entries: Entry[], entry: Entry): void {
  const at = entries.findIndex(({ id }) => id === entry.id);
  if (at < 0) entries.push(entry);
  else entries[at] = entry;
}
