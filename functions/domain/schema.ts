import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// The mini build brings no texts of its own, and "Invalid input" helps nobody.
z.config(en());

/** The schema library with English messages, for schemas whose faults people read. */
export { z };
