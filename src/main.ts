// The entry of the service. Restarts the process with flags that save memory before anything large is loaded.
import { restartWithMemoryFlags } from './kernel/memory-flags.ts'

restartWithMemoryFlags()
await import('./service/start.ts')
