import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { freePort } from './redis.js';

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol', 'scancel', 'sinfo'];
const sbin = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
/** Whether Debian's slurm-wlm is installed, and this user may start it. */
export const HAS_SLURM =
  process.getuid?.() === 0 &&
  PROGRAMS.every((name) => spawnSync('which', [name], { env: { PATH: sbin } }).status === 0);

/**
 * What is requeued waits for so long, by default two minutes. To start it before is no way around that: then it fails at
 * once with code 1, since its node takes it for the job that it has just been told to end.
 */
const REQUEUE_SECONDS = 10;

/** A cluster of this machine alone, with keys, state and ports of its own. */
export interface TestCluster {
  readonly env: Readonly<Record<string, string>>;
  /** What one of SLURM's commands prints. */
  readonly ask: (command: string, ...args: string[]) => string;
  /** The last that its daemons have said. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

async function confOf(dir: string): Promise<string> {
  const [host] = hostname().split('.');
  const { username } = userInfo();
  return `ClusterName=loopback
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
AuthType=auth/munge
AuthInfo=socket=${dir}/munge/socket,cred_expire=${REQUEUE_SECONDS}
SlurmUser=${username}
SlurmdUser=${username}
StateSaveLocation=${dir}/state
SlurmdSpoolDir=${dir}/spool
SlurmctldPidFile=${dir}/slurmctld.pid
SlurmdPidFile=${dir}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
`;
}

/** Starts munged, slurmctld and slurmd. @throws Error with what they said when no node comes up. */
export async function startSlurm(): Promise<TestCluster> {
  // Munge wants folders that nobody else may write above its socket.
  const dir = mkdtempSync(join(tmpdir(), 'slurm-'));
  for (const name of ['munge', 'state', 'spool']) mkdirSync(join(dir, name), { mode: 0o755 });
  writeFileSync(join(dir, 'munge/key'), randomBytes(1024), { mode: 0o600 });
  writeFileSync(join(dir, 'slurm.conf'), await confOf(dir));
  const env = { PATH: sbin, SLURM_CONF: join(dir, 'slurm.conf') };
  const started: ChildProcess[] = [];
  let said = '';
  const start = (name: string, ...args: string[]): void => {
    const child = spawn(name, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-20_000)));
    started.push(child);
  };
  const munge = Object.entries({
    socket: 'socket',
    'key-file': 'key',
    'seed-file': 'seed',
    'pid-file': 'pid',
  });
  const own = munge.map(([flag, name]) => `--${flag}=${dir}/munge/${name}`);
  start('munged', '--foreground', '--force', `--log-file=${dir}/munge/log`, ...own);
  start('slurmctld', '-D', '-i', '-v');
  start('slurmd', '-D', '-v');
  const ask = (command: string, ...args: string[]): string =>
    spawnSync(command, args, { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout;
  const isUp = (): boolean => ask('sinfo', '--noheader', '--format=%t').includes('idle');
  const stop = async (): Promise<void> => {
    ask('scancel', '--signal=KILL', '--full', `--user=${userInfo().username}`);
    for (const child of started.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 200 && !isUp(); tries++) await setTimeout(100);
  if (isUp()) return { env, ask, stop, said: () => said };
  await stop();
  throw new Error(`expected a node of SLURM, got none: ${said}`);
}
