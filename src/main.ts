// The entry of the service: see to the process first, before anything large is loaded.
import { becomeLean } from './lean-process.ts'

becomeLean()
await import('./serve.ts')
