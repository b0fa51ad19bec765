import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { OpenApiDocument } from './openapi-document.ts';

/** The schemas of a document, each compiled when first asked for. */
export interface OpenApiSchemas {
  /** @param pointer - JSON pointer to a schema of the document @throws Error when the schema is none, or a `$ref` leads nowhere */
  compile(pointer: string): ValidateFunction;
  /** What is wrong with a value, in words; empty when it fits. */
  faultsOf(pointer: string, value: unknown): readonly string[];
}

const DOCUMENT = 'https://example.org/openapi.json';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is; strict, so that a misspelt keyword is a fault. */
export function schemasOf(document: OpenApiDocument): OpenApiSchemas {
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    strict: true,
    // A branch of `anyOf` may require what the schema around it describes.
    strictRequired: false,
    // What `if` and `then` say stands beside the `type` of the schema around them.
    strictTypes: false,
    formats: { uuid: UUID, 'date-time': DATE_TIME, uri: (text: string) => URL.canParse(text) },
  });
  // Of the document as a whole these are no keywords of a schema.
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(document, DOCUMENT, undefined, false);
  const compiled = new Map<string, ValidateFunction>();
  const compile = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer);
    if (known) return known;
    const validate = ajv.compile({ $ref: `${DOCUMENT}${pointer}` });
    compiled.set(pointer, validate);
    return validate;
  };
  return {
    compile,
    faultsOf(pointer, value) {
      const validate = compile(pointer);
      if (validate(value)) return [];
      return (validate.errors ?? []).map((error) => {
        const more = Object.values(error.params).join(', ');
        return `${error.instancePath || 'the body'} ${error.message}${more === '' ? '' : ` (${more})`}`;
      });
    },
  };
}
