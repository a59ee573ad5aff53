// Starts the application: `npm start` here, or `node examples/relying-party/server.ts`.
import { createServer } from 'node:http'
import { createRelyingParty } from './relying-party.ts'
import { readRelyingPartySettings } from './settings.ts'

const settings = readRelyingPartySettings(process.env)
const server = createServer(await createRelyingParty(settings))
server.listen(Number(new URL(settings.url).port || 80), 'localhost', () =>
  console.log(`open ${settings.url}`),
)
