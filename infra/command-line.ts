/**
 * The command line of a command that takes nothing but `--help`: prints the help, or refuses anything else with status 2.
 * @returns whether the command is to go on
 */
export function isWithoutArguments(help: string, given: readonly string[] = process.argv.slice(2)): boolean {
  const [first] = given;
  if (first === undefined) return true;
  if (given.includes('--help') || given.includes('-h')) {
    process.stdout.write(help);
    return false;
  }
  process.stderr.write(`${first}: there is no such option; --help shows what there is\n`);
  process.exitCode = 2;
  return false;
}
