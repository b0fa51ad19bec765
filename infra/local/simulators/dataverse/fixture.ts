import { CURATOR_PERMISSIONS, type DataverseWorld, type WorldDataset } from './world.ts';

const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';
/** The installation's own Globus client, in the form of the store option `globus-token`. */
const GLOBUS_TOKEN = Buffer.from('c0ffee00-0000-4000-8000-000000000001:service-secret').toString('base64');
const CURATED = { curator: CURATOR_PERMISSIONS };

/**
 * The installation a local run starts with: three people, three stores and datasets 29 to 32. All values are public.
 * The stand-in for Globus seeds the bytes of files 60 and 61.
 */
export const FIXTURE_WORLD: DataverseWorld = {
  version: '6.5',
  build: null,
  signingSecret: 'local-signing-secret',
  unblockKey: null,
  globusCacheMaxAgeMinutes: 5,
  quota: { remainingBytes: 1_000_000_000_000 },
  settings: {
    ':UploadMethods': 'native/http,globus',
    ':DownloadMethods': 'native/http,globus',
    ':MaxFileUploadSizeInBytes': '100000000000',
    ':GlobusAppUrl': 'http://localhost',
  },
  users: [
    {
      id: 1,
      name: 'dataverseAdmin',
      firstName: 'Dataverse',
      lastName: 'Admin',
      email: 'admin@dataverse.example',
      apiToken: '99999999-9999-4999-8999-999999999999',
      superuser: true,
    },
    {
      id: 2,
      name: 'curator',
      firstName: 'Data',
      lastName: 'Curator',
      email: 'curator@dataverse.example',
      apiToken: '11111111-1111-4111-8111-111111111111',
    },
    {
      id: 3,
      name: 'reader',
      firstName: 'Data',
      lastName: 'Reader',
      email: 'reader@dataverse.example',
      apiToken: '22222222-2222-4222-8222-222222222222',
    },
  ],
  stores: [
    { id: 'file', type: 'file', label: 'Local files', managed: false },
    {
      id: 'globusm',
      type: 'globus',
      label: 'Globus managed',
      managed: true,
      transferEndpointWithBasePath: `${COLLECTION}/hdc1`,
      globusToken: GLOBUS_TOKEN,
      uploadOutOfBand: true,
    },
    {
      id: 'globus',
      type: 'globus',
      label: 'Globus references',
      managed: false,
      referenceEndpointsWithBasePaths: [`${COLLECTION}/hdc1`],
      globusToken: GLOBUS_TOKEN,
      uploadOutOfBand: true,
    },
    {
      id: 's3g',
      type: 's3',
      label: 'S3 with Globus',
      managed: true,
      transferEndpointWithBasePath: `${COLLECTION}/s3`,
      bucket: 'dv-bucket',
      globusToken: GLOBUS_TOKEN,
      uploadOutOfBand: true,
    },
  ],
  datasets: [
    draft(29, 'FK2/ILLPXE', 'globusm', 'Draft in a managed Globus store'),
    {
      ...draft(30, 'FK2/7U7YBV', 'globusm', 'Published in a managed Globus store'),
      versions: [
        {
          state: 'RELEASED',
          number: [1, 0],
          files: [
            {
              id: 60,
              label: 'rainfall.csv',
              storageIdentifier: 'globusm://18bf3af9c78-92b8e168090e',
              contentType: 'text/csv',
              sizeBytes: 89,
              checksum: { type: 'MD5', value: '4f9383d7caaf9c8504dad27005124fa6' },
            },
            {
              id: 61,
              label: 'readme.txt',
              storageIdentifier: 'globusm://18bf3af9c78-c8d81569305c',
              contentType: 'text/plain',
              sizeBytes: 89,
              checksum: { type: 'MD5', value: '50080e3e9b521cf71c1ee7e15e5f9f38' },
            },
          ],
        },
      ],
    },
    draft(31, 'FK2/REFERS', 'globus', 'Draft that refers to remote files'),
    draft(32, 'FK2/S3MANA', 's3g', 'Draft in S3 behind Globus'),
  ],
};

function draft(id: number, identifier: string, storeId: string, title: string): WorldDataset {
  return {
    id,
    title,
    protocol: 'doi',
    authority: '10.5072',
    identifier,
    storeId,
    versions: [{ state: 'DRAFT', files: [] }],
    roles: CURATED,
  };
}
