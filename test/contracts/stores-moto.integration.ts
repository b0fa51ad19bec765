import { startMoto, whyNoMoto } from '../support/moto.ts';
import { describeDynamoDbSuites } from './dynamodb-suites.ts';

describeDynamoDbSuites('moto', whyNoMoto(), startMoto);
