import { connect, createServer, type Socket } from 'node:net';
import { messageReader, type WireWrite, writeOf } from './mongo-proxy/wire.ts';
import { listen } from './ports.ts';

/**
 * A TCP proxy in front of MongoDB: counts what is written, as the drivers of all functions send it, can be away for a while,
 * and can stop a chosen write on its way, for whoever wants to end a process at that moment.
 */
export interface MongoProxy {
  readonly uri: string;
  /** Documents in write commands (insert, update, delete, findAndModify) since the last reset, by collection. */
  writes(): Readonly<Record<string, number>>;
  /** Write commands since the last reset: one bulk of many documents is one. */
  commands(): number;
  resetWrites(): void;
  /**
   * Stops the first write from now on that is meant: `before` it gets to the server, or `after` the server has done it and
   * before its answer gets back. Everything else on other connections goes on. A client that goes away while it waits takes
   * the write, or the answer, with it.
   */
  hold(isMeant: (write: WireWrite) => boolean, side: HoldSide): Held;
  /** From now on connections are cut and refused, as when the database is away. */
  goAway(): void;
  comeBack(): void;
  stop(): Promise<void>;
}

export type HoldSide = 'before' | 'after';

/** A write that is to be stopped, or has been. */
export interface Held {
  /** The write, once it is where it is stopped. */
  readonly reached: Promise<WireWrite>;
  /** Lets it go on; one that was not met yet is not stopped any more. */
  release(): void;
}

interface Hold extends Held {
  readonly isMeant: (write: WireWrite) => boolean;
  readonly side: HoldSide;
  readonly isHere: (write: WireWrite) => void;
  readonly released: Promise<void>;
}

function newHold(isMeant: Hold['isMeant'], side: HoldSide, forget: () => void): Hold {
  const reached = Promise.withResolvers<WireWrite>();
  const released = Promise.withResolvers<void>();
  const release = (): void => {
    forget();
    released.resolve();
  };
  return { isMeant, side, isHere: reached.resolve, reached: reached.promise, released: released.promise, release };
}

/** Starts a proxy on a free port of 127.0.0.1. `uri` names one plain server, as the local ones are. */
export async function startMongoProxy(uri: string): Promise<MongoProxy> {
  const target = new URL(uri);
  const counts = new Map<string, number>();
  const holds = new Set<Hold>();
  const sockets = new Set<Socket>();
  let commands = 0;
  let away = false;

  /** Counts a write; gives the hold that is meant for it. */
  const seen = (write: WireWrite): Hold | undefined => {
    commands += 1;
    counts.set(write.collection, (counts.get(write.collection) ?? 0) + write.documents);
    const hold = [...holds].find(({ isMeant }) => isMeant(write));
    if (hold) holds.delete(hold);
    return hold;
  };
  const server = createServer((client) => {
    if (away) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port || 27017), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('error', () => socket.destroy());
    }
    relay(client, upstream, seen);
  });
  const port = await listen(server);
  const proxied = new URL(uri);
  proxied.host = `127.0.0.1:${port}`;
  proxied.searchParams.set('directConnection', 'true');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    uri: proxied.toString(),
    writes: () => Object.fromEntries(counts),
    commands: () => commands,
    resetWrites: () => {
      counts.clear();
      commands = 0;
    },
    hold: (isMeant, side) => {
      const hold: Hold = newHold(isMeant, side, () => holds.delete(hold));
      holds.add(hold);
      return hold;
    },
    goAway: () => {
      away = true;
      cut();
    },
    comeBack: () => {
      away = false;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

/** Passes on what comes from either side, message by message towards the server: a driver waits for an answer before it asks again. */
function relay(client: Socket, upstream: Socket, seen: (write: WireWrite) => Hold | undefined): void {
  const messagesIn = messageReader();
  /** The answer to the last write, where it is to be stopped. */
  let answer: { readonly hold: Hold; readonly write: WireWrite } | undefined;
  let sending: Promise<void> = Promise.resolve();

  const pass = async (message: Buffer): Promise<void> => {
    const write = writeOf(message);
    const hold = write && seen(write);
    if (write && hold?.side === 'before') {
      hold.isHere(write);
      await hold.released;
      if (client.destroyed) return;
    } else if (write && hold) answer = { hold, write };
    await send(upstream, message);
  };
  client.on('data', (chunk) => {
    for (const message of messagesIn(chunk))
      sending = sending.then(() => pass(message)).catch(() => void client.destroy());
  });
  let answering: Promise<void> = Promise.resolve();
  upstream.on('data', (chunk) => {
    const stopped = answer;
    answer = undefined;
    stopped?.hold.isHere(stopped.write);
    answering = answering
      .then(async () => {
        await stopped?.hold.released;
        await send(client, chunk);
      })
      .catch(() => void upstream.destroy());
  });
}

/** Writes, and waits where the other side is slow to read. */
function send(to: Socket, bytes: Buffer): Promise<void> | undefined {
  if (to.destroyed || to.write(bytes)) return undefined;
  return new Promise((resolve) => {
    to.once('drain', resolve);
    to.once('close', () => resolve());
  });
}
