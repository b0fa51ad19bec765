import { startDynamoDbLocal, whyNoDynamoDbLocal } from '../support/dynamodb-local.ts';
import { describeDynamoDbSuites } from './dynamodb-suites.ts';

describeDynamoDbSuites("Amazon's DynamoDB Local", whyNoDynamoDbLocal(), startDynamoDbLocal);
