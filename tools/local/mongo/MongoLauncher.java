import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Serves an in-memory MongoDB on 127.0.0.1, at the port given as the only argument, until it is killed. */
public class MongoLauncher {
  /** The driver refuses servers below wire version 9; this server reports 8 of its own accord but speaks enough of 13. */
  static final MongoVersion VERSION =
      new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
          return List.of(5, 0, 0, 0);
        }

        @Override
        public int getWireVersion() {
          return 13;
        }
      };

  /**
   * Finds documents by `_id` also where a query asks for more than that, as MongoDB does. This server looks into an index
   * only if the query names the fields of the index and no other, and reads the whole collection otherwise; our queries
   * name the tenant as well. Whatever is found by `_id` is matched against the whole query afterwards.
   */
  static final class IdIndex extends MemoryUniqueIndex {
    IdIndex(String name, List<IndexKey> keys, boolean sparse) {
      super(name, keys, sparse);
    }

    @Override
    public synchronized boolean canHandle(Document query) {
      return query.containsKey("_id") && super.canHandle(byId(query));
    }

    @Override
    public synchronized Iterable<Integer> getPositions(Document query) {
      return super.getPositions(byId(query));
    }

    private static Document byId(Document query) {
      return new Document("_id", query.get("_id"));
    }
  }

  /**
   * Keeps equal texts once. Read from the wire, every field name of every document is a text of its own: they would be two
   * thirds of what a large collection takes.
   */
  static final class Collection extends MemoryCollection {
    private static final int MOST_TEXTS = 50_000;
    private static final int LONGEST = 200;
    private final Map<String, String> texts = new HashMap<>();

    Collection(MemoryDatabase database, String name, CollectionOptions options, CursorRegistry cursors) {
      super(database, name, options, cursors);
    }

    @Override
    protected synchronized Integer addDocumentInternal(Document document) {
      return super.addDocumentInternal(lean(document));
    }

    private Document lean(Document document) {
      Document copy = new Document();
      for (Map.Entry<String, Object> member : document.entrySet()) {
        copy.put(once(member.getKey()), leanValue(member.getValue()));
      }
      return copy;
    }

    private Object leanValue(Object value) {
      if (value instanceof String) return once((String) value);
      if (value instanceof Document) return lean((Document) value);
      if (!(value instanceof List)) return value;
      List<Object> copy = new ArrayList<>(((List<?>) value).size());
      for (Object item : (List<?>) value) copy.add(leanValue(item));
      return copy;
    }

    private String once(String text) {
      if (text.length() > LONGEST) return text;
      if (texts.size() > MOST_TEXTS) texts.clear();
      String known = texts.putIfAbsent(text, text);
      return known == null ? text : known;
    }
  }

  static final class Database extends MemoryDatabase {
    private final CursorRegistry cursors;

    Database(String name, CursorRegistry cursors) {
      super(name, cursors);
      this.cursors = cursors;
    }

    @Override
    protected MemoryCollection openOrCreateCollection(String name, CollectionOptions options) {
      return new Collection(this, name, options, cursors);
    }

    @Override
    protected Index<Integer> openOrCreateUniqueIndex(
        String collection, String name, List<IndexKey> keys, boolean sparse) {
      boolean isIdAlone = keys.size() == 1 && keys.get(0).getKey().equals("_id");
      return isIdAlone
          ? new IdIndex(name, keys, sparse)
          : super.openOrCreateUniqueIndex(collection, name, keys, sparse);
    }
  }

  static final class Backend extends MemoryBackend {
    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new Database(name, getCursorRegistry());
    }
  }

  public static void main(String[] args) {
    new MongoServer(new Backend().version(VERSION)).bind("127.0.0.1", Integer.parseInt(args[0]));
  }
}
