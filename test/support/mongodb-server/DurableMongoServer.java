import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.h2.mvstore.MVStore;

/**
 * Runs mongo-java-server on a loopback port, on a file, with the durability that `j: true` promises.
 * Arguments: port (0 = any free one), data file. Prints `listening <port>` once it accepts connections,
 * and ends when its standard input does: a test that dies leaves no server behind.
 *
 * The library's own H2 back end writes once a second and announces a wire version below the driver's minimum.
 * Here every reply waits until all that it reports is in the file and synced (concurrent callers share one sync),
 * so a killed server never loses an acknowledged write, nor anything that a reader has already seen.
 */
final class DurableMongoServer {
    /** The oldest version the driver accepts: MongoDB 4.4, wire version 9. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    };

    /** More threads than connections: a thread blocks while its reply waits for the disk. */
    private static final int WORKERS = 512;

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        // No write behind our back: neither by time nor by buffer size, nor while a command is half done.
        MVStore store = new MVStore.Builder().fileName(args[1]).autoCommitDisabled().autoCommitBufferSize(0)
            .pageSplitSize(4096).cacheSize(128).open();
        DurableBackend backend = new DurableBackend(store);
        backend.version(VERSION);
        MongoServer server = new MongoServer(backend);
        server.bind(new InetSocketAddress("127.0.0.1", port), 1, WORKERS);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("listening " + server.getLocalAddress().getPort());
        while (System.in.read() >= 0) { }
        System.exit(0);
    }
}
