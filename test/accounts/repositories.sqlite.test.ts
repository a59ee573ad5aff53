import { credentialRepositoryContract } from '../contract/credential-repository.ts'
import { magicLinkRepositoryContract } from '../contract/magic-link-repository.ts'
import { userRepositoryContract } from '../contract/user-repository.ts'
import { openRepositories } from '../support/repositories.ts'

userRepositoryContract('SQLite', openRepositories)
credentialRepositoryContract('SQLite', openRepositories)
magicLinkRepositoryContract('SQLite', openRepositories)
