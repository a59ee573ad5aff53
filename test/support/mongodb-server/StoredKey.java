import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Collection;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/** Stores an index key as BSON. */
final class StoredKey extends BasicDataType<KeyValue> {
    private static final StoredDocument DOCUMENT = new StoredDocument();

    /** Any total order serves that finds equal keys equal: single strings first, the rest by their bytes. */
    @Override
    public int compare(KeyValue a, KeyValue b) {
        String left = singleString(a);
        String right = singleString(b);
        if (left != null && right != null) return left.compareTo(right);
        if (left != null) return -1;
        if (right != null) return 1;
        return bytes(a).compareTo(bytes(b));
    }

    private static String singleString(KeyValue key) {
        return key.size() == 1 && key.get(0) instanceof String value ? value : null;
    }

    private static ByteBuf bytes(KeyValue key) {
        ByteBuf bytes = Unpooled.buffer(64);
        BsonEncoder.encodeDocument(new Document("key", key.stream().toList()), bytes);
        return bytes;
    }

    @Override
    public int getMemory(KeyValue key) {
        return 128;
    }

    @Override
    public void write(WriteBuffer out, KeyValue key) {
        DOCUMENT.write(out, new Document("key", key.stream().toList()));
    }

    @Override
    public KeyValue read(ByteBuffer in) {
        return new KeyValue((Collection<?>) DOCUMENT.read(in).get("key"));
    }

    @Override
    public KeyValue[] createStorage(int size) {
        return new KeyValue[size];
    }
}
