/** Who may read which secret (T-18 as the design amends it), written out: the grants and the roles are both held against it. */
export const SECRET_READERS = {
  'dataverse-superuser': [
    'request-globus-upload-paths',
    'add-globus-files',
    'request-globus-download',
    'monitor-globus-download',
    'list-leftovers',
    'delete-leftovers',
    'retry-transfer',
    'end-lease',
    'look-at-task',
    'await-completion',
    'register-files',
    'close-transfer',
    'sweep',
  ],
  'dataverse-unblock-key': [
    'request-globus-upload-paths',
    'add-globus-files',
    'request-globus-download',
    'monitor-globus-download',
    'register-files',
    'sweep',
  ],
  'url-signing': [
    'globus-upload-parameters',
    'request-globus-upload-paths',
    'add-globus-files',
    'globus-download-parameters',
    'request-globus-download',
    'monitor-globus-download',
  ],
} as const;
