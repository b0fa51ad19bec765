import { createAdapterParts } from '../adapters/adapter-parts.ts';
import { describeSecretsContract } from './secrets.ts';

describeSecretsContract('the fake of adapter tests', async () => {
  const { secrets } = createAdapterParts({});
  return {
    secrets,
    async store(values) {
      for (const [name, value] of Object.entries(values)) secrets.rotate(name, value);
    },
    breakStore: async () => secrets.fail(),
    close: async () => undefined,
  };
});
