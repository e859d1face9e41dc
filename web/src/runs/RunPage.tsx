import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeft, CircleStop, MoveHorizontal, Radio } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useActions } from '@/actions/registry';
import { useMay, useMe } from '@/api/queries/me';
import { cancelRun, type ListedRun, runQuery } from '@/api/queries/runs';
import { ProblemView } from '@/blocks/ProblemBlock';
import { pieces } from '@/blocks/Shown';
import { tallyOfOneTool } from '@/calls/tally';
import { usePageContext } from '@/shell/pageContext';
import { useMedia } from '@/shell/useMedia';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { CopyButton } from '@/ui/CopyButton';
import { IconButton } from '@/ui/IconButton';
import { Page, PageBody, PageHeader } from '@/ui/PageHeader';
import { SkeletonRows } from '@/ui/Skeleton';
import { SplitPane } from '@/ui/SplitPane';
import { EmptyState, ErrorState, InlineError } from '@/ui/states';
import { useStored } from '@/ui/stored';
import { Tabs } from '@/ui/Tabs';
import { EventLog } from './EventLog';
import type { RunRecord } from './events';
import { RunFacts } from './RunFacts';
import { RunLine } from './RunLine';
import { StepDetails } from './StepDetails';
import { isOver } from './states';
import { type Step, stepsOf } from './steps';
import { useRunRecords } from './useRunRecords';
import { Waterfall } from './Waterfall';

const route = getRouteApi('/runs/$id');

export function RunPage({ id }: { id: string }) {
  const { data: run, error, refetch } = useQuery(runQuery(id));
  usePageContext({ resource_type: 'run', resource_ids: [id], ...(run ? { title: run.title } : {}) });
  if (run) return <Run run={run} />;
  return (
    <Page>
      <PageHeader title="Run" before={<Back />} />
      {error ? (
        <ErrorState problem={error} onRetry={() => void refetch()} className="my-auto" />
      ) : (
        <SkeletonRows rows={8} label="Loading the run" />
      )}
    </Page>
  );
}

function Run({ run }: { run: ListedRun }) {
  const { records, isLoading } = useRunRecords(run.id);
  const search = route.useSearch();
  const navigate = useNavigate();
  const isNarrow = useMedia('(max-width: 767.98px)');
  const steps = stepsOf(records);
  const ended = records.findLast(({ event }) => event.type === 'run_ended');
  const status = ended?.event.type === 'run_ended' ? ended.event.status : run.status;
  const isLive = !isOver(status);
  const [follows, setFollows] = useState(search.step === undefined);
  const [squeeze, setSqueeze] = useStored('runs.squeeze', true);
  const [tab, setTab] = useState<'step' | 'events'>('step');

  const below = useRef<HTMLDivElement>(null);

  const newest = current(steps);
  const selected = follows && isLive ? newest : (steps.find((step) => step.id === search.step) ?? newest);
  const select = (step: string) => {
    setFollows(step === newest?.id && isLive);
    setTab('step');
    // On a phone the details are below: a tap on a step leads there.
    if (isNarrow) requestAnimationFrame(() => below.current?.scrollIntoView({ block: 'start' }));
    void navigate({ to: '/runs/$id', params: { id: run.id }, search: { step }, replace: true });
  };
  const from = Date.parse(records[0]?.at ?? run.created_at);
  const to = ended ? Date.parse(ended.at) : isLive ? null : Date.parse(run.updated_at);
  const asker = askerOf(run, records);
  useFreshExecutions(run, steps);

  const overTargets = tallyOfOneTool((run.executions ?? []).map((execution) => ({ execution })));

  const waterfall = (
    <div className="flex min-h-0 flex-1 flex-col">
      <Trouble run={run} status={status} records={records} />
      <div className="flex h-10 shrink-0 items-center gap-2 border-b px-4 text-xs text-ink-3">
        <RunFacts steps={steps} from={from} to={to} />
        {overTargets && <span className="num truncate text-ink-2">{overTargets}</span>}
        <span className="flex-1" />
        {isLive && (
          <Button
            size="xs"
            variant="ghost"
            icon={<Radio />}
            aria-pressed={follows}
            onClick={() => setFollows(!follows)}
            className="aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
          >
            Follow
          </Button>
        )}
        <IconButton
          label={squeeze ? 'Draw waits as long as they were' : 'Draw long waits shorter'}
          icon={<MoveHorizontal />}
          size="xs"
          side="bottom"
          aria-pressed={squeeze}
          className="aria-pressed:bg-selected max-md:hidden"
          onClick={() => setSqueeze(!squeeze)}
        />
      </div>
      {isLoading ? (
        <SkeletonRows rows={5} label="Loading the steps" />
      ) : steps.length === 0 ? (
        <EmptyState title={isLive ? 'Nothing has been done yet.' : 'Nothing was done in this run.'} />
      ) : (
        <Waterfall
          steps={steps}
          from={from}
          to={to}
          selected={selected?.id ?? null}
          onSelect={select}
          isSqueezed={squeeze}
        />
      )}
    </div>
  );
  const details = (
    <>
      <Tabs
        label="Details"
        tabs={[
          { value: 'step', label: 'Step' },
          { value: 'events', label: 'All events', count: records.length },
        ]}
        value={tab}
        onChange={setTab}
        className="shrink-0"
      />
      <PageBody className={isNarrow ? 'overflow-visible' : undefined}>
        {tab === 'events' ? (
          <div className="p-4">
            <p className="mb-2 flex items-center gap-1 text-xs text-ink-3">
              Everything that was recorded, in order
              <CopyButton
                text={() => JSON.stringify(records, null, 2)}
                label="Copy all events as JSON"
                size="xs"
                className="ml-auto"
              />
            </p>
            <EventLog records={records} from={from} />
          </div>
        ) : selected ? (
          <StepDetails
            key={selected.id}
            step={selected}
            execution={run.executions?.find((one) => one.id === selected.id)}
            asker={asker}
            runId={run.id}
            end={to}
          />
        ) : (
          <EmptyState title="Choose a step to see what it did." />
        )}
      </PageBody>
    </>
  );

  return (
    <Page>
      <Header run={run} status={status} records={records} asker={asker.name} to={to} />
      {isNarrow ? (
        <PageBody>
          {waterfall}
          <div ref={below} className="border-t">
            {details}
          </div>
        </PageBody>
      ) : (
        <SplitPane
          name="run"
          side={details}
          sideLabel="Details of the step"
          sideAt="right"
          width={480}
          min={320}
          max={800}
        >
          {waterfall}
        </SplitPane>
      )}
    </Page>
  );
}

/** What matters now: what waits for a person, else what goes on or went wrong, else the last thing. */
function current(steps: Step[]): Step | undefined {
  return (
    steps.findLast((step) => step.state === 'waiting') ??
    steps.findLast((step) => step.to === null) ??
    steps.findLast((step) => step.state === 'failed' || step.state === 'unknown' || step.state === 'denied') ??
    steps.findLast((step) => step.kind === 'call') ??
    steps.at(-1)
  );
}

function askerOf(run: ListedRun, records: RunRecord[]) {
  const started = records[0]?.event;
  return { id: run.user_id, name: started?.type === 'started' ? started.actor.name : (run.user_name ?? 'somebody') };
}

/** Events are ahead of the run's view: a step that has moved on has its view read again. */
function useFreshExecutions(run: ListedRun, steps: Step[]) {
  const client = useQueryClient();
  const shape = steps.map((step) => `${step.id}${step.state}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for the steps
  useEffect(() => {
    if (shape === '') return;
    const timer = setTimeout(() => void client.invalidateQueries({ queryKey: runQuery(run.id).queryKey }), 150);
    return () => clearTimeout(timer);
  }, [shape]);
}

const Back = () => {
  const navigate = useNavigate();
  return (
    <IconButton
      label="All runs"
      icon={<ArrowLeft />}
      size="sm"
      side="bottom"
      onClick={() => void navigate({ to: '/runs' })}
    />
  );
};

type HeaderProps = {
  run: ListedRun;
  status: ListedRun['status'];
  records: RunRecord[];
  asker: string;
  to: number | null;
};

function Header({ run, status, records, asker, to }: HeaderProps) {
  const me = useMe();
  const seesAll = useMay('approval:decide');
  const isOwn = me?.user.id === run.user_id;
  const [isAsking, setAsking] = useState(false);
  const [isSent, setSent] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const isLive = !isOver(status);
  const isStopping = isLive && (isSent || records.some(({ event }) => event.type === 'cancel_requested'));
  const mayStop = isLive && !isStopping && (isOwn || seesAll);
  useActions([
    {
      id: 'run.cancel',
      name: 'Stop this run',
      label: 'Stop',
      group: 'Runs',
      shortcut: 'x',
      when: () => mayStop,
      perform: () => setAsking(true),
    },
  ]);
  const stop = async () => {
    setAsking(false);
    setProblem(null);
    setSent(true);
    try {
      await cancelRun(run.id);
    } catch (error) {
      setSent(false);
      setProblem(error);
    }
  };
  return (
    <>
      <PageHeader
        title={pieces(run.title)}
        before={<Back />}
        actions={
          (mayStop || isStopping) && (
            <Button
              size="sm"
              variant="danger-quiet"
              icon={<CircleStop />}
              isBusy={isStopping}
              onClick={() => setAsking(true)}
            >
              {isStopping ? 'Stopping…' : 'Stop'}
            </Button>
          )
        }
      />
      <RunLine run={run} status={status} isStopping={isStopping} asker={asker} isOwn={isOwn} to={to} />
      {problem !== null && <InlineError problem={problem} className="px-4 py-2" />}
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title="Stop this run?"
        confirm="Stop the run"
        onConfirm={() => void stop()}
      >
        <p>
          What is running now is told to stop. What was already done stays done: it is looked at and reported. Nothing
          further begins.
        </p>
      </ConfirmDialog>
    </>
  );
}

/** Why a run failed and what can be done about it. */
function Trouble({ run, status, records }: { run: ListedRun; status: ListedRun['status']; records: RunRecord[] }) {
  const ended = records.findLast(({ event }) => event.type === 'run_ended')?.event;
  const problem = (ended?.type === 'run_ended' ? ended.problem : undefined) ?? run.problem;
  if (status !== 'failed') return null;
  return (
    <div className="shrink-0 border-b p-3">
      {problem ? (
        <ProblemView problem={problem} />
      ) : (
        <p className="text-sm text-ink-2">
          A step failed. It is marked below, with what went wrong and what to do.{' '}
          {run.session_id && (
            <Link to="/sessions/$id" params={{ id: run.session_id }} className="text-accent-text hover:underline">
              Go on in the conversation
            </Link>
          )}
        </p>
      )}
    </div>
  );
}
