import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/** Keeps every reply back until all that it reports is in the file and synced; concurrent callers share one sync. */
final class DurableBackend extends H2Backend {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final AtomicLong begun = new AtomicLong();
    private final Object committing = new Object();
    private volatile long durable;

    DurableBackend(MVStore store) {
        super(store);
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
        return new StoredDatabase(name);
    }

    /** The library lists indexes and collections without a lock, so what adds to those lists runs alone. */
    @Override
    public Document handleMessage(MongoMessage message) {
        long ticket;
        Lock held = reshapes(message) ? lock.writeLock() : lock.readLock();
        held.lock();
        try {
            if (writes(message.getDocument())) begun.incrementAndGet();
            return super.handleMessage(message);
        } finally {
            ticket = begun.get();
            held.unlock();
            awaitDurable(ticket);
        }
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        if (!command.equals("hello")) return super.handleCommand(channel, database, command, query);
        Document reply = super.handleCommand(channel, database, "ismaster", query);
        reply.put("isWritablePrimary", reply.remove("ismaster"));
        return reply;
    }

    private static boolean writes(Document message) {
        return switch (commandOf(message)) {
            case "insert", "update", "delete", "findAndModify" -> true;
            default -> reshapes(commandOf(message));
        };
    }

    private boolean reshapes(MongoMessage message) {
        String command = commandOf(message.getDocument());
        return reshapes(command) || writes(message.getDocument())
            && resolveDatabase(message.getDatabaseName()).resolveCollection((String) message.getDocument().get(command), false) == null;
    }

    private static boolean reshapes(String command) {
        return switch (command) {
            case "create", "createIndexes", "drop", "dropDatabase", "dropIndexes", "renameCollection" -> true;
            default -> false;
        };
    }

    private static String commandOf(Document message) {
        return message.keySet().iterator().next();
    }

    /** Commits only between commands, so that no document is stored without its index entries. */
    private void awaitDurable(long ticket) {
        if (durable >= ticket) return;
        synchronized (committing) {
            if (durable >= ticket) return;
            long reached;
            lock.writeLock().lock();
            try {
                reached = begun.get();
                getMvStore().commit();
            } finally {
                lock.writeLock().unlock();
            }
            getMvStore().sync();
            durable = reached;
        }
    }

    /** An inner class: the library's constructor opens collections before a field of ours would be set. */
    private final class StoredDatabase extends H2Database {
        StoredDatabase(String name) {
            super(name, getMvStore(), DurableBackend.this.getCursorRegistry());
        }

        @Override
        protected Index<Object> openOrCreateUniqueIndex(String collection, String index, List<IndexKey> keys, boolean sparse) {
            String map = getDatabaseName() + "." + collection + "._index_" + index;
            getMvStore().openMap(map, new MVMap.Builder<KeyValue, Object>().keyType(new StoredKey()));
            return super.openOrCreateUniqueIndex(collection, index, keys, sparse);
        }

        @Override
        protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
            String full = getDatabaseName() + "." + name;
            MVMap.Builder<Object, Document> stored = new MVMap.Builder<Object, Document>().valueType(new StoredDocument());
            MVMap<Object, Document> documents = getMvStore().openMap("databases." + full, stored);
            return new OrderedCollection(this, name, options, documents, getMvStore().openMap("meta." + full), DurableBackend.this);
        }

        /** The library drops every map whose name begins with the database's name, thus other databases too. */
        @Override
        public void drop(Oplog oplog) {
            String own = getDatabaseName() + ".";
            for (String map : Set.copyOf(getMvStore().getMapNames())) {
                if (map.startsWith(own) || map.startsWith("databases." + own) || map.startsWith("meta." + own)) {
                    getMvStore().removeMap(map);
                }
            }
        }
    }

    CursorRegistry cursors() {
        return getCursorRegistry();
    }
}
