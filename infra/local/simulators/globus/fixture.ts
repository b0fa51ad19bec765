import type { GlobusWorld, SeedEntry } from './world.ts';

/** Ids of the local run (public, fixed; outside programs rely on them). */
export const RESEARCHER_ID = 'd15d4244-fc10-47f3-a790-85bdb6db9a75';
export const SECOND_RESEARCHER_ID = 'd15d4244-fc10-47f3-a790-85bdb6db9a76';
export const SERVICE_ID = 'c0ffee00-0000-4000-8000-000000000001';
export const COLLECTION_OWNER_ID = 'c0ffee00-0000-4000-8000-000000000002';
export const MANAGED_COLLECTION_ID = 'd8c42580-6528-4605-9ad8-116a61982644';
export const PERSONAL_COLLECTION_ID = '0a1b2c3d-0000-4000-8000-00000000c011';
export const ARCHER2_COLLECTION_ID = '3e90d018-0d05-461a-bbaf-aab605283d21';
export const JASMIN_COLLECTION_ID = 'a2f53b7f-1b4e-4dce-9b7c-349ae760fee0';
/** Applications of the local run. The ids are made up. */
export const DATAVERSE_GLOBUS_CLIENT_ID = '0a1b2c3d-0000-4000-8000-00000000a001';
export const NATIVE_CLIENT_ID = '0a1b2c3d-0000-4000-8000-00000000a002';

/** The public files of dataset 30, as they lie on the managed collection. */
export const PUBLISHED_FILES = [
  {
    path: '/hdc1/10.5072/FK2/7U7YBV/18bf3af9c78-92b8e168090e',
    text: 'station,year,month,rainfall_mm\nExeter,2023,1,81.4\nExeter,2023,2,12.9\nExeter,2023,3,104.2\n',
  },
  {
    path: '/hdc1/10.5072/FK2/7U7YBV/18bf3af9c78-c8d81569305c',
    text: 'Monthly rainfall at one station.\nColumns: station, year, month, rainfall in millimetres.\n',
  },
] as const;

const SUBSCRIPTION_ID = 'c0ffee00-0000-4000-8000-0000000000f1';
const HOST_ENDPOINT_ID = 'c0ffee00-0000-4000-8000-0000000000e1';
const HOST_MAPPED_COLLECTION_ID = 'c0ffee00-0000-4000-8000-0000000000e2';

const PERSONAL_FILES: readonly SeedEntry[] = [
  { path: '/notes.txt', text: 'Runs of November: u-aa001 is complete, u-aa002 stopped in 1991.\n' },
  { path: '/rainfall.csv', text: 'day,rainfall_mm\n1,0.0\n2,4.2\n3,11.7\n' },
  { path: '/empty.dat', text: '' },
  { path: '/Übersicht-température-日本.txt', text: 'A name outside ASCII.\n' },
  { path: '/model/large.nc', sizeBytes: 16 * 1024 * 1024 + 17 },
  { path: '/model/u-aa001/output/1990/jan.nc', sizeBytes: 300_001 },
  { path: '/model/u-aa001/output/1990/feb.nc', sizeBytes: 200_003 },
  { path: '/hollow', directory: true },
];

/** The world of the local run: design section 9. */
export const fixtureWorld: GlobusWorld = {
  identities: [
    {
      id: RESEARCHER_ID,
      username: `${RESEARCHER_ID}@clients.auth.globus.org`,
      name: 'Researcher',
      email: 'researcher@example.org',
      clientSecret: 'researcher-secret',
    },
    {
      id: SECOND_RESEARCHER_ID,
      username: `${SECOND_RESEARCHER_ID}@clients.auth.globus.org`,
      name: 'Second researcher',
      email: 'researcher2@example.org',
      clientSecret: 'researcher2-secret',
    },
    {
      id: SERVICE_ID,
      username: `${SERVICE_ID}@clients.auth.globus.org`,
      name: 'Dataverse Globus service',
      email: 'service@example.org',
      clientSecret: 'service-secret',
    },
    {
      id: COLLECTION_OWNER_ID,
      username: 'storage@example.org',
      name: 'Storage administrators',
      email: 'storage@example.org',
    },
  ],
  publicClients: [
    { id: DATAVERSE_GLOBUS_CLIENT_ID, name: 'Dataverse Globus transfer app' },
    { id: NATIVE_CLIENT_ID, name: 'Native application' },
  ],
  collections: [
    {
      id: MANAGED_COLLECTION_ID,
      displayName: 'Dataverse managed storage',
      entityType: 'GCSv5_guest_collection',
      ownerId: COLLECTION_OWNER_ID,
      isPublic: true,
      subscriptionId: SUBSCRIPTION_ID,
      aclAvailable: true,
      defaultDirectory: '/',
      hostEndpointId: HOST_ENDPOINT_ID,
      mappedCollectionId: HOST_MAPPED_COLLECTION_ID,
      roles: [
        { id: 'c0ffee00-0000-4000-8000-0000000000a1', principal: SERVICE_ID, role: 'access_manager' },
        { id: 'c0ffee00-0000-4000-8000-0000000000a2', principal: SERVICE_ID, role: 'activity_manager' },
      ],
      seed: [
        { path: '/hdc1', directory: true },
        { path: '/s3', directory: true },
        { path: '/hdc1/test1.txt', text: 'A file that stays on its collection and is only referred to.\n' },
        ...PUBLISHED_FILES,
      ],
    },
    {
      id: PERSONAL_COLLECTION_ID,
      displayName: "Researcher's workstation",
      entityType: 'GCP_mapped_collection',
      ownerId: RESEARCHER_ID,
      isPublic: false,
      subscriptionId: null,
      aclAvailable: false,
      defaultDirectory: '/~/',
      isConnected: true,
      roles: [],
      seed: PERSONAL_FILES,
    },
    {
      id: ARCHER2_COLLECTION_ID,
      displayName: 'ARCHER2 file systems',
      entityType: 'GCSv5_mapped_collection',
      ownerId: COLLECTION_OWNER_ID,
      isPublic: true,
      subscriptionId: SUBSCRIPTION_ID,
      aclAvailable: false,
      defaultDirectory: '/~/',
      roles: [],
      users: [RESEARCHER_ID, SECOND_RESEARCHER_ID],
      seed: [
        { path: '/archive/u-aa001/19900101T0000Z/aa001a.pm1990jan.nc', sizeBytes: 150_000 },
        { path: '/archive/u-aa001/19900101T0000Z/aa001a.da19900201_00', sizeBytes: 90_000 },
      ],
    },
    {
      id: JASMIN_COLLECTION_ID,
      displayName: 'JASMIN default collection',
      entityType: 'GCSv5_mapped_collection',
      ownerId: COLLECTION_OWNER_ID,
      isPublic: true,
      subscriptionId: SUBSCRIPTION_ID,
      aclAvailable: false,
      defaultDirectory: '/~/',
      roles: [],
      users: [RESEARCHER_ID, SECOND_RESEARCHER_ID],
      seed: [{ path: '/transfers', directory: true }],
    },
  ],
};
