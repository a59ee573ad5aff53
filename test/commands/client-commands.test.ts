import { describe, it } from 'vitest'
import type { EventData } from '../../src/events/catalogue.ts'
import type { NewEvent } from '../../src/events/envelope.ts'
import { clientRegistered, token } from './facts.ts'
import { given } from './given-when-then.ts'

const about = { stream: 'client-app', subject: 'app' }
const publicClient = clientRegistered('app', { public: true, secret_hash: null })
const removed: NewEvent = { type: 'ClientRemoved', ...about, data: { client_id: 'app' } }

describe('register-client', () => {
  const input = {
    client_id: 'app',
    public: false,
    secret_hash: token(1),
    redirect_uris: ['https://app.example/cb'],
  }

  it('registers with plain defaults', () => {
    given([])
      .when('register-client', input)
      .then([clientRegistered('app')], { client_id: 'app' })
  })

  it('registers a public client', () => {
    given([])
      .when('register-client', { client_id: 'app', public: true, redirect_uris: input.redirect_uris })
      .then([publicClient])
  })

  it('keeps every field', () => {
    const fields: Partial<EventData<'ClientRegistered'>> = {
      name: 'The App',
      redirect_uris: ['https://app.example/a', 'https://app.example/b'],
      post_logout_redirect_uris: ['https://app.example/bye'],
      grant_types: ['authorization_code', 'client_credentials'],
      scope: 'openid admin',
      first_party: true,
      backchannel_logout_uri: 'https://app.example/logout',
    }
    given([])
      .when('register-client', { ...input, ...fields })
      .then([clientRegistered('app', fields)])
  })

  it('registers a machine without redirect URIs', () => {
    given([])
      .when('register-client', {
        ...input,
        redirect_uris: [],
        grant_types: ['client_credentials'],
        scope: 'admin',
      })
      .then([
        clientRegistered('app', { redirect_uris: [], grant_types: ['client_credentials'], scope: 'admin' }),
      ])
  })

  it('refuses a client id that is taken, and takes one again that was given up', () => {
    given([clientRegistered('app')])
      .when('register-client', input)
      .thenRefused('already_exists', 'client_id')
    given([clientRegistered('app'), removed])
      .when('register-client', input)
      .then([clientRegistered('app')])
  })

  it('refuses a secret on a public client, and a confidential one without', () => {
    given([])
      .when('register-client', { ...input, public: true })
      .thenRefused('invalid_input')
    given([])
      .when('register-client', { ...input, secret_hash: null })
      .thenRefused('invalid_input')
  })

  it('refuses client_credentials to a public client', () => {
    given([])
      .when('register-client', {
        ...input,
        public: true,
        secret_hash: null,
        grant_types: ['client_credentials'],
      })
      .thenRefused('invalid_input')
  })

  it('refuses authorization_code without a redirect URI', () => {
    given([])
      .when('register-client', { ...input, redirect_uris: [] })
      .thenRefused('invalid_input')
  })

  it.each([
    'https://app.example/cb?x=1',
    'https://10.0.0.1:8443/',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:9000/cb',
    'com.example.app:/callback',
  ])('takes %s as a redirect target', (uri) => {
    given([])
      .when('register-client', { ...input, redirect_uris: [uri], post_logout_redirect_uris: [uri] })
      .then([clientRegistered('app', { redirect_uris: [uri], post_logout_redirect_uris: [uri] })])
  })

  it.each([
    'http://app.example/cb',
    'http://localhost.example/cb',
    'http://127.0.0.1.example/cb',
    'http://localhost@app.example/cb',
    'https://user:pass@app.example/cb',
    'https:app.example/cb',
    'https://',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example/x',
    'about:blank',
    'myapp:/callback',
    'https://app.example/cb#fragment',
    '/callback',
    '*',
    'https://app.example/c b',
  ])('refuses %s as a redirect target', (uri) => {
    given([])
      .when('register-client', { ...input, redirect_uris: [uri] })
      .thenRefused('invalid_input')
    given([])
      .when('register-client', { ...input, post_logout_redirect_uris: [uri] })
      .thenRefused('invalid_input')
  })

  it('refuses grants, scopes and ids that it does not know', () => {
    given([])
      .whenUnchecked('register-client', { ...input, grant_types: ['implicit'] })
      .thenRefused('invalid_input')
    given([])
      .when('register-client', { ...input, scope: 'openid  profile' })
      .thenRefused('invalid_input')
    given([])
      .when('register-client', { ...input, client_id: 'a b' })
      .thenRefused('invalid_input')
  })
})

describe('change-client', () => {
  const changed = (changes: EventData<'ClientChanged'>['changes']): NewEvent => ({
    type: 'ClientChanged',
    ...about,
    data: { client_id: 'app', changes },
  })

  it('records only what differs, with what it was', () => {
    given([clientRegistered('app')])
      .when('change-client', {
        client_id: 'app',
        changes: {
          name: 'The App',
          redirect_uris: ['https://app.example/cb', 'https://app.example/2'],
          grant_types: ['authorization_code', 'refresh_token'],
          first_party: false,
        },
      })
      .then(
        [
          changed({
            name: { before: null, after: 'The App' },
            redirect_uris: {
              before: ['https://app.example/cb'],
              after: ['https://app.example/cb', 'https://app.example/2'],
            },
          }),
        ],
        { client_id: 'app' },
      )
  })

  it('changes every field', () => {
    given([clientRegistered('app')])
      .when('change-client', {
        client_id: 'app',
        changes: {
          name: 'x',
          redirect_uris: [],
          post_logout_redirect_uris: ['https://app.example/'],
          grant_types: ['client_credentials'],
          scope: 'admin',
          first_party: true,
          backchannel_logout_uri: 'https://app.example/out',
        },
      })
      .then([
        changed({
          name: { before: null, after: 'x' },
          redirect_uris: { before: ['https://app.example/cb'], after: [] },
          post_logout_redirect_uris: { before: [], after: ['https://app.example/'] },
          grant_types: { before: ['authorization_code', 'refresh_token'], after: ['client_credentials'] },
          scope: { before: 'openid profile email phone groups offline_access', after: 'admin' },
          first_party: { before: false, after: true },
          backchannel_logout_uri: { before: null, after: 'https://app.example/out' },
        }),
      ])
  })

  it('makes no event when everything was so already', () => {
    given([clientRegistered('app')])
      .when('change-client', {
        client_id: 'app',
        changes: { name: null, redirect_uris: ['https://app.example/cb'] },
      })
      .then([], { client_id: 'app' })
    given([clientRegistered('app')])
      .when('change-client', { client_id: 'app', changes: {} })
      .then([])
  })

  it('judges the registration as it would be', () => {
    const refused = (past: NewEvent, changes: EventDataOfChange) =>
      given([past]).when('change-client', { client_id: 'app', changes }).thenRefused('invalid_input')
    refused(clientRegistered('app'), { redirect_uris: [] })
    refused(clientRegistered('app'), { redirect_uris: ['javascript:alert(1)'] })
    refused(clientRegistered('app'), { post_logout_redirect_uris: ['http://app.example/'] })
    refused(publicClient, { grant_types: ['client_credentials'] })
    refused(clientRegistered('app', { redirect_uris: [], grant_types: ['client_credentials'] }), {
      grant_types: ['authorization_code'],
    })
  })

  it('refuses a client that is unknown, and what cannot be changed', () => {
    given([]).when('change-client', { client_id: 'app', changes: {} }).thenRefused('not_found')
    for (const changes of [{ public: true }, { client_id: 'x' }, { secret_hash: token(2) }]) {
      given([clientRegistered('app')])
        .whenUnchecked('change-client', { client_id: 'app', changes })
        .thenRefused('invalid_input')
    }
  })
})

type EventDataOfChange = { redirect_uris?: string[]; post_logout_redirect_uris?: string[] } & Pick<
  Partial<EventData<'ClientRegistered'>>,
  'grant_types'
>

describe('rotate-client-secret', () => {
  it('gives a new secret', () => {
    given([clientRegistered('app')])
      .when('rotate-client-secret', { client_id: 'app', secret_hash: token(2) })
      .then([{ type: 'ClientSecretRotated', ...about, data: { client_id: 'app', secret_hash: token(2) } }], {
        client_id: 'app',
      })
  })

  it('refuses a client that is public or unknown', () => {
    given([publicClient])
      .when('rotate-client-secret', { client_id: 'app', secret_hash: token(2) })
      .thenRefused('wrong_state')
    given([])
      .when('rotate-client-secret', { client_id: 'app', secret_hash: token(2) })
      .thenRefused('not_found')
  })
})

describe('count-client-secret-failures', () => {
  const facts = { client_id: 'app', failures: 10, window_seconds: 900, until: '2030-01-01T00:15:00.000Z' }

  it('records that a secret is being guessed', () => {
    given([clientRegistered('app')])
      .when('count-client-secret-failures', facts)
      .then([{ type: 'ClientSecretFailuresCounted', ...about, data: facts }], { client_id: 'app' })
  })

  it('refuses an unknown client', () => {
    given([]).when('count-client-secret-failures', facts).thenRefused('not_found')
  })
})

describe('remove-client', () => {
  it('removes a client, once', () => {
    given([clientRegistered('app')])
      .when('remove-client', { client_id: 'app' })
      .then([removed], { client_id: 'app' })
    given([clientRegistered('app'), removed])
      .when('remove-client', { client_id: 'app' })
      .thenRefused('not_found')
  })
})
