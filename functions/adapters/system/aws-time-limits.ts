/**
 * Time limits of one try of an AWS client, for its `requestHandler`.
 * @param answerMilliseconds - until the answer begins, and then between any two parts of it, which `requestTimeout` does not cover
 */
export function awsTimeLimits(answerMilliseconds: number, connectionMilliseconds: number) {
  return {
    requestTimeout: answerMilliseconds,
    // Without this the client only warns.
    throwOnRequestTimeout: true,
    socketTimeout: answerMilliseconds,
    connectionTimeout: connectionMilliseconds,
  };
}
