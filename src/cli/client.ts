import { type Command, Option } from 'commander'
import { clientSecret, GRANT_TYPES, type GrantType } from '../events/client.ts'
import { requireInput } from '../kernel/input.ts'
import { randomToken, tokenHash } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Client } from '../projections/clients/queries.ts'
import type { Views } from '../projections/views.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { collect, verb } from './console/options.ts'

interface CreateOptions extends CommonOptions {
  clientId: string
  clientSecret?: string
  public?: true
  redirectUri: string[]
  postLogoutRedirectUri: string[]
  grantType?: GrantType[]
  scope?: string
  name?: string
}

const COLUMNS = ['client_id', 'name', 'public', 'grant_types', 'redirect_uris', 'created_at']

/** Adds the commands about applications. */
export function clientCommands(program: Command, cli: Cli): void {
  const client = program.command('client').description('applications that sign people in here')

  verb(client, 'create', 'register an application; a generated secret is shown only now')
    .requiredOption('--client-id <id>')
    .addOption(new Option('--client-secret <secret>', 'instead of a generated one').conflicts('public'))
    .option('--public', 'a public client: it cannot keep a secret, and has none')
    .option('--redirect-uri <uri>', 'where people are sent after signing in; may be repeated', collect, [])
    .option(
      '--post-logout-redirect-uri <uri>',
      'where people may be sent after signing out; may be repeated',
      collect,
      [],
    )
    .addOption(
      new Option('--grant-type <type>', `one of ${GRANT_TYPES.join(', ')}; may be repeated`).argParser(
        (value: string, before: string[] | undefined) => collect(value, before ?? []),
      ),
    )
    .option('--scope <scopes>', 'the scopes that it may ask for, separated by spaces')
    .option('--name <name>', 'the name that people see')
    .action((options: CreateOptions) => create(cli, options))

  verb(client, 'list', 'list all applications').action((options: CommonOptions) =>
    cli.reading(({ views }) => cli.list(options, pagesOf(views), COLUMNS)),
  )

  verb(client, 'show <client>', 'show an application').action((id: string, options: CommonOptions) =>
    cli.reading(({ views }) => cli.one(options, requireClient(views, id))),
  )

  verb(client, 'rotate-secret <client>', 'give an application a new secret, which is shown only now').action(
    (client_id: string, options: CommonOptions) =>
      cli.writing(async (storage) => {
        const client_secret = randomToken()
        await cli.submit(storage, 'rotate-client-secret', {
          client_id,
          secret_hash: tokenHash(client_secret),
        })
        cli.one(options, { client_id, client_secret })
      }),
  )

  verb(client, 'remove <client>', 'remove an application').action(
    (client_id: string, options: CommonOptions) =>
      cli.writing(async (storage) => {
        await cli.submit(storage, 'remove-client', { client_id })
        cli.one(options, { client_id, removed: true }, () => `${client_id} is removed`)
      }),
  )
}

async function create(cli: Cli, options: CreateOptions): Promise<void> {
  const { clientId: client_id, scope, grantType: grant_types } = options
  const client_secret = options.public ? null : chosenSecret(options)
  await cli.writing(async (storage) => {
    await cli.submit(storage, 'register-client', {
      client_id,
      public: options.public === true,
      secret_hash: client_secret === null ? null : tokenHash(client_secret),
      name: options.name ?? null,
      redirect_uris: options.redirectUri,
      post_logout_redirect_uris: options.postLogoutRedirectUri,
      ...(grant_types === undefined ? {} : { grant_types }),
      ...(scope === undefined ? {} : { scope }),
    })
    cli.one(options, { ...requireClient(storage.views, client_id), client_secret })
  })
}

/** Checks the secret that was given, or makes one. @throws Refusal `invalid_input`. */
function chosenSecret({ clientSecret: given }: CreateOptions): string {
  return given === undefined ? randomToken() : requireInput(clientSecret, given, '--client-secret')
}

function requireClient(views: Views, clientId: string) {
  const client = views.clients.byId(clientId)
  if (!client) throw new Refusal('not_found', `There is no client ${clientId}`)
  return showClient(client)
}

function showClient({ secret_hash, ...client }: Client) {
  return client
}

function* pagesOf(views: Views) {
  for (let after: string | null = ''; after !== null; ) {
    const page = views.clients.page({ after, limit: 500 })
    yield page.items.map(showClient)
    after = page.next
  }
}
