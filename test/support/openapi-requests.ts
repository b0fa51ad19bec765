import { followReference, isRecord, type OpenApiDocument, operationAt } from './openapi-document.ts';
import { schemasOf } from './openapi-schemas.ts';

/** Holds JSON bodies that the API has taken against the document, which must not say less than is true. */
export interface BodyCheck {
  /** What the document does not allow in a body; empty when it allows it, or describes no JSON body there. */
  faultsOf(request: { readonly method: string; readonly path: string; readonly body: string }): readonly string[];
}

export function createBodyCheck(document: OpenApiDocument): BodyCheck {
  const schemas = schemasOf(document);
  return {
    faultsOf({ method, path, body }) {
      const operation = operationAt(document, method, path);
      if (!operation || !isRecord(operation.requestBody)) return [];
      const { value, pointer } = followReference(document, `${operation.pointer}/requestBody`);
      const { required = false, content } = value as Record<string, unknown>;
      if (!isRecord(content) || !Object.hasOwn(content, 'application/json')) return [];
      if (body.trim() === '') return required === true ? [`${operation.operationId}: it was taken without a body`] : [];
      return schemas
        .faultsOf(`${pointer}/content/application~1json/schema`, JSON.parse(body))
        .map((fault) => `${operation.operationId}: a body was taken that is not documented: ${fault}`);
    },
  };
}
