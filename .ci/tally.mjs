// Counts the tests in a JSON report of vitest, names those that were skipped, and prints the closing line of the
// run. The exit code is 1 unless at least one test passed, none failed and none was skipped.
import { readFileSync } from 'node:fs'

function resultsOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch (error) {
    console.error(`The test run left no report: ${error.message}`)
    return [{ status: 'failed', assertionResults: [] }]
  }
}

let passed = 0
let failed = 0
for (const { name, status, assertionResults } of resultsOf(process.argv[2])) {
  for (const test of assertionResults) {
    if (test.status === 'passed') passed += 1
    else failed += 1
    if (!['passed', 'failed'].includes(test.status)) console.error(`Skipped: ${name}: ${test.fullName}`)
  }
  // A file that could not even be loaded reports no test of its own.
  if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) failed += 1
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = passed > 0 && failed === 0 ? 0 : 1
