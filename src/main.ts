// The entry of the service: see to the process first, before anything large is loaded.
import { becomeLean } from './kernel/lean-process.ts'

becomeLean()
await import('./service/start.ts')
