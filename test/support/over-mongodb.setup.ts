// Makes every installation of a test file one on MongoDB, or skips the tests with the reason why that cannot be.
import { beforeEach, inject } from 'vitest'
import { maySkip } from './scale.ts'

const mongodb = inject('mongodb')
if ('uri' in mongodb) process.env.COUNTERSIGN_TEST_MONGODB = mongodb.uri
else if (maySkip(mongodb.missing)) beforeEach((context) => context.skip(mongodb.missing))
