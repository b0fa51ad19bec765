import type { DatabaseSync } from 'node:sqlite';
import type { LocalClock } from '../../clock.ts';
import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import type { Caller } from './callers.ts';
import { readConfiguration } from './database.ts';
import { createDatasetRecords, type DatasetRecords } from './dataset-records.ts';
import type { MissingEffect } from './effects.ts';
import { createFileRecords, type FileRecords } from './file-records.ts';
import { createLockRecords, type LockRecords } from './lock-records.ts';
import { createPrivateUrlRecords, type PrivateUrlRecords } from './private-url-records.ts';
import { createQuotaRecords, type QuotaRecords } from './quota-records.ts';
import { createUserRecords, type UserRecords } from './user-records.ts';
import type { Configuration } from './world.ts';

/** What the control interface switches. Held in memory: a restart is back to normal. */
export interface Switches {
  millisecondsPerRegisteredFile: number;
  /** How many more addFiles calls answer 500 after having added; null means all. */
  failuresAfterAdding: number | null;
  storageDriverForm: '6.5' | '6.9';
  uploadLimitsEnabled: boolean;
  /** Files a dataset may have, told by `uploadlimits`; null means no limit. */
  datasetFileCountLimit: number | null;
  bearerAuthEnabled: boolean;
  /** From 6.6 on monitorGlobusDownload reads its body before it does anything. */
  monitorDownloadForm: '6.5' | '6.6';
  readonly fileErrors: { storageIdentifier: string; message: string; remaining: number | null }[];
}

/** File lists behind download ids, as the web page's launch leaves them: in memory and for a while only. */
export interface DownloadList {
  readonly fileIds: readonly number[];
  readonly expiresAtMilliseconds: number;
}

/** One running Dataverse: its records, its options and what is switched at the moment. */
export interface Installation {
  readonly database: DatabaseSync;
  readonly configuration: Configuration;
  readonly users: UserRecords;
  readonly datasets: DatasetRecords;
  readonly files: FileRecords;
  readonly locks: LockRecords;
  readonly privateUrls: PrivateUrlRecords;
  readonly quota: QuotaRecords;
  readonly clock: LocalClock;
  /** Public base address without a trailing slash; every URL handed out starts with it. */
  readonly siteUrl: string;
  readonly switches: Switches;
  readonly downloads: Map<string, DownloadList>;
  /** What the real one would have done beyond its answers since the start, oldest first. */
  readonly wouldHave: MissingEffect[];
  /** Where sizes of files are asked for; undefined when there is no Globus. */
  globusUrl: string | undefined;
  /** Aborted when the server stops. */
  readonly closing: AbortSignal;
}

/** One authenticated call. */
export interface Call {
  readonly request: SimulatorRequest;
  readonly caller: Caller;
  readonly dataverse: Installation;
}

export type CallHandler = (call: Call) => SimulatorReply | Promise<SimulatorReply>;

export interface RouteRules {
  /** `none`: credentials are not even looked at. */
  readonly credentials?: 'none';
  /** Media type the body must have. */
  readonly consumes?: string;
}

/** Method, path below `/api/v1`, handler, rules. */
export type ApiRoute = readonly [method: string, path: string, handler: CallHandler, rules?: RouteRules];

/** Puts an installation together over an open database. */
export function createInstallation(
  database: DatabaseSync,
  clock: LocalClock,
  siteUrl: string,
  globusUrl: string | undefined,
  closing: AbortSignal,
): Installation {
  const configuration = readConfiguration(database);
  return {
    database,
    configuration,
    users: createUserRecords(database),
    datasets: createDatasetRecords(database),
    files: createFileRecords(database),
    locks: createLockRecords(database),
    privateUrls: createPrivateUrlRecords(database),
    quota: createQuotaRecords(database),
    clock,
    siteUrl: siteUrl.replace(/\/+$/, ''),
    switches: {
      millisecondsPerRegisteredFile: 0,
      failuresAfterAdding: 0,
      storageDriverForm: '6.5',
      uploadLimitsEnabled: false,
      datasetFileCountLimit: null,
      bearerAuthEnabled: configuration.bearerAuth ?? false,
      monitorDownloadForm: '6.5',
      fileErrors: [],
    },
    downloads: new Map(),
    wouldHave: [],
    globusUrl,
    closing,
  };
}

/** Whether a comma list among the settings (`:UploadMethods`) holds the method. An unset list holds nothing. */
export function hasMethod(dataverse: Installation, setting: string, method: string): boolean {
  const methods = (dataverse.datasets.setting(setting) ?? '').split(',');
  return methods.some((each) => each.trim() === method);
}
