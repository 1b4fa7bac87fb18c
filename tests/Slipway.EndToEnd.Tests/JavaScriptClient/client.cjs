// MLflow's client for Node.js from npm, as a user of it would write. Ends with "all well", or with what was not as expected.
const assert = require('node:assert/strict')
const MLflow = require('mlflow')
const { ViewType, RunStatus } = require('mlflow/enum')

// The client prints every body it sends.
const say = console.log
console.log = () => {}

const { Experiments, Runs, Metrics, Artifacts } = new MLflow({ endpoint: process.argv[2] })

async function main() {
  const { experiment_id } = await Experiments.create({ name: 'from javascript: größe ✓' })
  await assert.rejects(Experiments.create({ name: 'from javascript: größe ✓' }), /RESOURCE_ALREADY_EXISTS/)
  assert.equal((await Experiments.get({ experiment_id })).experiment.name, 'from javascript: größe ✓')
  await Experiments.update({ experiment_id, new_name: 'renamed' })
  assert.ok((await Experiments.list({ view_type: ViewType.ACTIVE_ONLY })).experiments.some((e) => e.name === 'renamed'))

  const { run } = await Runs.create({ experiment_id, user_id: 'js', start_time: 1000, tags: [{ key: 'a', value: 'b' }] })
  const { run_id } = run.info
  await Runs.logMetric({ run_id, key: 'loss', value: 0.5, timestamp: 1, step: 0 })
  await Runs.logMetric({ run_id, key: 'loss', value: 0.25, timestamp: 2, step: 1 })
  await Runs.logParameter({ run_id, key: 'lr', value: '0.1' })
  await assert.rejects(Runs.logParameter({ run_id, key: 'lr', value: '0.2' }), /Changing param values is not allowed/)
  await Runs.setTag({ run_id, key: 'team', value: 'red' })
  await Runs.deleteTag({ run_id, key: 'a' })
  await Runs.logBatch({
    run_id,
    metrics: [{ key: 'acc', value: 0.9, timestamp: 3, step: 0 }],
    params: [{ key: 'depth', value: '3' }],
    tags: [{ key: 'stage', value: 'x' }],
  })

  const { data } = (await Runs.get({ run_id })).run
  assert.deepEqual(data.metrics.map((m) => [m.key, m.value, m.step]), [['acc', 0.9, 0], ['loss', 0.25, 1]])
  assert.deepEqual(data.params, [{ key: 'depth', value: '3' }, { key: 'lr', value: '0.1' }])
  assert.deepEqual(data.tags.filter((t) => !t.key.startsWith('mlflow.')), [{ key: 'stage', value: 'x' }, { key: 'team', value: 'red' }])
  assert.deepEqual((await Metrics.getHistory({ run_id, metric_key: 'loss' })).metrics.map((m) => m.value), [0.5, 0.25])

  const found = await Runs.search({ experiment_ids: [experiment_id], filter: "metrics.acc > 0.5 and tags.team = 'red'", run_view_type: ViewType.ACTIVE_ONLY, max_results: 10 })
  assert.deepEqual(found.runs.map((r) => r.info.run_id), [run_id])
  await Runs.update({ run_id, status: RunStatus.FINISHED, end_time: 2000 })
  assert.equal((await Runs.get({ run_id })).run.info.status, 'FINISHED')
  assert.equal((await Artifacts.list({ run_id })).files, undefined)

  await Runs.delete({ run_id })
  assert.equal((await Runs.search({ experiment_ids: [experiment_id], run_view_type: ViewType.DELETED_ONLY })).runs.length, 1)
  await Runs.restore({ run_id })
  await Experiments.delete({ experiment_id })
  await Experiments.restore({ experiment_id })
  await assert.rejects(Runs.get({ run_id: 'none' }), /RESOURCE_DOES_NOT_EXIST/)
}

main().then(() => say('all well'), (error) => {
  say(error)
  process.exitCode = 1
})
