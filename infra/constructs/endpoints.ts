import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { httpApi } from '../../functions/manifest.ts';
import type { Deployment } from '../deployment/parse-deployment.ts';
import { acknowledge } from './acknowledge.ts';
import { deliveredLog } from './kept-log.ts';
import type { ServiceFunction } from './service-function.ts';

export interface EndpointsProps {
  readonly settings: Deployment['stack'];
  readonly functionOf: (functionName: string) => ServiceFunction;
}

/**
 * What is noted of each request. Neither query nor headers: both carry keys. `$context.path` has no query.
 * Names are those of the functions' own lines where they mean the same.
 */
const ACCESS_LINE = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  routeKey: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  latencyMilliseconds: '$context.responseLatency',
  responseBytes: '$context.responseLength',
  error: '$context.integrationErrorMessage',
} as const;

/** The HTTP API: each route of the manifest below both prefixes, and one integration and one permission per function. */
export class Endpoints extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, { settings, functionOf }: EndpointsProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `${settings.STACK_PREFIX}-api`,
      description: 'The Globus Transfer API of Dataverse',
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: [...settings.CORS_ORIGINS],
        allowMethods: httpApi.cors.allowMethods.map((method) => CorsHttpMethod[method]),
        allowHeaders: [...httpApi.cors.allowHeaders],
        maxAge: Duration.seconds(httpApi.cors.maxAgeSeconds),
      },
    });
    acknowledge(
      this,
      'APIG4',
      'Keys, tokens and signed URLs are judged by Dataverse itself, asked by the function; not-found answers anybody.',
    );
    const { STACK_PREFIX, LOG_RETENTION_DAYS } = settings;
    const accessLog = deliveredLog(this, 'AccessLog', `apis/${STACK_PREFIX}`, LOG_RETENTION_DAYS);
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle: { rateLimit: settings.REQUESTS_PER_SECOND, burstLimit: settings.REQUEST_BURST },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LINE)),
      },
    });
    for (const { functionName, method, path } of httpApi.routes) {
      const integration = integrationOf(functionOf(functionName));
      for (const prefix of httpApi.prefixes) {
        this.api.addRoutes({ path: `${prefix}${path}`, methods: [HttpMethod[method]], integration });
      }
    }
    new HttpRoute(this, 'AnythingElse', {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: catchAllOf(functionOf(httpApi.notFound.functionName)),
    });
  }
}

/** One permission for the whole API instead of one per route: all routes of a function are its own. */
function integrationOf({ functionName, lambda }: ServiceFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(functionName, lambda, { scopePermissionToRoute: false });
}

/** The route `$default` calls as `<api>/<stage>/$default`, a part shorter than all others: the permission above would not fit it. */
function catchAllOf({ functionName, lambda }: ServiceFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(functionName, lambda, { scopePermissionToRoute: true });
}
