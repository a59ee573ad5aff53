import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;

/** Answers from unique indexes where a query has more conditions than their key, and ranges and orders of integer
 * `_id`s from the ordered map; the library would scan and sort everything. */
final class OrderedCollection extends H2Collection {
    private final MVMap<Object, Document> documents;

    OrderedCollection(MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> documents,
                      MVMap<String, Object> meta, DurableBackend backend) {
        super(database, name, options, documents, meta, backend.cursors());
        this.documents = documents;
    }

    @Override
    protected QueryResult matchDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
        for (Index<Object> index : getIndexes()) {
            Document part = onlyKeyOf(index, query);
            if (part != null && index.canHandle(part)) {
                return matchDocuments(query, index.getPositions(part), orderBy, skip, limit, batchSize, fields);
            }
        }
        boolean unordered = orderBy == null || orderBy.isEmpty();
        if (!onlyIntegers() || !(unordered || orderBy.keySet().equals(Set.of("_id")))) {
            return super.matchDocuments(query, orderBy, skip, limit, batchSize, fields);
        }
        boolean reverse = !unordered && ((Number) orderBy.get("_id")).intValue() < 0;
        Integer low = bound(query, "$gt", "$gte");
        Integer high = bound(query, "$lt", "$lte");
        Cursor<Object, Document> cursor = documents.cursor(reverse ? high : low, reverse ? low : high, reverse);
        Iterator<Document> values = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return cursor.hasNext();
            }

            @Override
            public Document next() {
                cursor.next();
                return cursor.getValue();
            }
        };
        Stream<Document> stream = StreamSupport.stream(Spliterators.spliteratorUnknownSize(values, 0), false);
        return matchDocumentsFromStream(stream, query, null, skip, limit, batchSize, fields);
    }

    /** Copied before the next one changes it: the library answers with the stored object itself. */
    @Override
    public synchronized Document findAndModify(Document query) {
        return super.findAndModify(query).cloneDeeply();
    }

    /** The condition on an index's only key, from a query that has others too: the library would scan for those. */
    private static Document onlyKeyOf(Index<Object> index, Document query) {
        List<IndexKey> keys = index.getKeys();
        if (keys.size() != 1) return null;
        String key = keys.get(0).getKey();
        return query.containsKey(key) && query.get(key) != null ? new Document(key, query.get(key)) : null;
    }

    /** The map orders by type first, so integers at both ends mean integers throughout. */
    private boolean onlyIntegers() {
        return !documents.isEmpty() && documents.firstKey() instanceof Integer && documents.lastKey() instanceof Integer;
    }

    private static Integer bound(Document query, String... operators) {
        if (!(query.get("_id") instanceof Document condition)) return null;
        for (String operator : operators) if (condition.get(operator) instanceof Integer value) return value;
        return null;
    }
}
