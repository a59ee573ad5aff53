import { credentialRepositoryContract } from '../contract/credential-repository.ts'
import { magicLinkRepositoryContract } from '../contract/magic-link-repository.ts'
import { userRepositoryContract } from '../contract/user-repository.ts'
import { describeWithMongo } from '../support/mongodb.ts'
import { openRepositories } from '../support/repositories.ts'

describeWithMongo('repositories over a shared log', (server) => {
  const open = () => openRepositories({ mongodb: { uri: server.uri, database: server.newDatabase() } })

  userRepositoryContract('MongoDB', open)
  credentialRepositoryContract('MongoDB', open)
  magicLinkRepositoryContract('MongoDB', open)
})
