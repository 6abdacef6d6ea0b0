// Reads cases as JSON Lines from the file named on the command line and writes one verdict a line:
// `allowed`, `denied`, or `error: …`. The evaluator is the npm package @cloud-copilot/iam-simulate,
// which runs here, in a process of its own, and nowhere else.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const lines = createInterface({ input: createReadStream(process.argv[2]) })
for await (const line of lines) {
  let verdict
  try {
    const answer = await runSimulation(JSON.parse(line), {})
    if (answer.resultType === 'error') {
      verdict = `error: ${JSON.stringify(answer.errors)}`
    } else {
      verdict = answer.overallResult === 'Allowed' ? 'allowed' : 'denied'
    }
  } catch (error) {
    verdict = `error: ${error.message}`
  }
  process.stdout.write(`${verdict}\n`)
}
