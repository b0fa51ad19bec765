import { config } from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// The mini build brings no texts of its own, and "Invalid input" helps nobody.
config(en());

/**
 * The schema library with English messages, for schemas whose faults people read. To be imported as a namespace, `import * as z`: of one object
 * a bundle would keep all, every language of the library's messages among it.
 */
export * from 'zod/mini';
