// Sends what automation nodes send (n8n, Make, Zapier and their like), with nothing but fetch (Node 18 or newer).
// Environment: URL (with a slash at its end, as people paste it), KEY, INPUT (a gs:// name of an MP4 with sound).
// Prints a line for each step, and ends with 1 at the first that is wrong.
import assert from 'node:assert/strict'

const { URL: base, KEY: key, INPUT: input } = process.env

async function call(method, path, body, headers = {}) {
  const response = await fetch(base + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'x-ffm-surface': 'n8n', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const answer = await response.json() // before the status is looked at
  return { status: response.status, headers: response.headers, ...answer }
}

// finished is the job of a create's answer when it has ended.
async function finished({ id, error }) {
  assert.ok(id, error)
  for (let left = 600; left > 0; left--) {
    const job = await call('GET', `/v1/transcodes/${id}`)
    if (['completed', 'failed', 'canceled'].includes(job.status)) return job
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${id} does not end`)
}

// call spreads the answer over the HTTP status: a job's status wins there, so errors are looked at by their words.
async function refused(method, path, body, words, headers) {
  const { error } = await call(method, path, body, headers)
  assert.match(error ?? 'no error', words)
}

// The key is tested with the shortest list there is.
const page = await call('GET', '/v1/transcodes?limit=1')
assert.deepEqual([page.limit, page.page, Array.isArray(page.items)], [1, 1, true])
await refused('GET', '/v1/transcodes?limit=1', undefined, /^unauthorized$/, { Authorization: 'Bearer wrong' })
console.log('key test')

// preset and options together, an option without argument, with null, with an empty one; fields that nobody knows.
const created = await call('POST', '/v1/transcodes', {
  inputs: [{ url: input }],
  outputFormat: 'mp4',
  preset: { quality: 'medium', resolution: '720p' },
  options: [
    { option: '-c:v', argument: 'libx264' }, { option: '-preset', argument: 'ultrafast' }, { option: '-crf', argument: 30 },
    { option: '-an' }, { option: '-sn', argument: null }, { option: '-dn', argument: '' },
  ],
  webhookUrl: 'https://example.com/hook',
  metadata: { item: 'row 7' },
}, { 'Content-Type': 'text/plain' })
assert.deepEqual([created.inputUrl, created.outputFormat, created.metadata], [input, 'mp4', { user: { item: 'row 7' } }])
const job = await finished(created)
assert.equal(job.status, 'completed', job.error_message)
assert.equal(job.ffmpeg_options.source, 'raw_options')
assert.deepEqual(job.ffmpeg_options.options.filter((o) => o.option === '-an'), [{ option: '-an' }])
const { url } = await call('GET', `/v1/transcodes/${job.id}/download?url=true`)
const file = await fetch(url)
assert.equal(file.headers.get('content-type'), 'video/mp4')
assert.equal((await file.arrayBuffer()).byteLength, job.outputs[0].size_bytes)
console.log('preset together with options')

// An option's text may hold JSON: that is how a form field gives an object.
const overlay = await call('POST', '/v1/transcodes', {
  inputs: [{ url: input, options: [{ option: '-t', argument: '0.5' }] }],
  outputFormat: 'MP4',
  options: [{ option: '@text-overlay', argument: '{"text":"Hello","style":{"fontSize":24}}' }],
})
const drawn = await finished(overlay)
assert.equal(drawn.status, 'completed', drawn.error_message)
assert.deepEqual([drawn.output_format, drawn.ffmpeg_options.source], ['MP4', 'virtual_options'])
console.log('text overlay as a JSON string')

// A cancel has no body, and no content type.
await refused('PATCH', `/v1/transcodes/${job.id}/cancel`, undefined, /^Cannot cancel job in status: completed$/)
console.log('cancel without a body')

// The trigger: everything completed since the newest that was seen, whose own time is let in.
let since = ''
const seen = new Set()
for (let round = 0; round < 3; round++) {
  const { items } = await call('GET', `/v1/transcodes?status=completed&order=updated_at.asc&limit=100${since && `&since=${encodeURIComponent(since)}`}`)
  for (const item of items) seen.add(item.id)
  since = items.at(-1).updated_at
}
assert.ok(seen.has(job.id) && seen.has(drawn.id))
const { items } = await call('GET', `/v1/transcodes?status=completed&since=${since}`)
assert.deepEqual(items.map((i) => i.id), [[...seen].at(-1)])
console.log('poll for what was completed')
