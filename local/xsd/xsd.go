package xsd

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// Limits on what comes from outside.
const (
	MaxFiles    = 1024     // of one schema
	MaxBytes    = 16 << 20 // of all files of one schema
	MaxProblems = 20       // told of one document
	maxMessage  = 2000     // bytes of one problem's words

	memoryPages = 8_192    // of 64 KiB: 512 MiB; attachments are not held
	keptBytes   = 96 << 20 // an instance that grew beyond is not kept: its memory never shrinks
	compileTime = time.Minute
	callTime    = 5 * time.Minute
)

// What may go wrong, matched with errors.Is.
var (
	ErrSchema   = errors.New("the schema cannot be used")
	ErrDoctype  = errors.New("the document declares a type")
	ErrEncoding = errors.New("the document's encoding is not known here")
	ErrTooLarge = errors.New("the document is too large to be validated")
	ErrTooSlow  = errors.New("the document takes too long to validate")
)

//go:embed libxml2.wasm.gz
var library []byte

// Problem is what a document has against its schema.
type Problem struct {
	// Malformed: it is not XML from here on.
	Malformed bool
	// Code is libxml2's (xmlParserErrors), and Message its words, in English.
	Code    int
	Message string
	// Line is that of the element, counted from 1; 0 when it is not known.
	Line int
}

// Schema is one that was compiled. Its methods may be called from any goroutine; documents are validated one at a time.
type Schema struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
	files   map[string][]byte
	root    string
	slot    chan api.Module // of one: the instance that is kept, or nil
	closing context.Context
	stop    context.CancelFunc
}

// Compile reads the schema that the file root is; files holds it and all that it includes or imports, by their paths
// (slashes, relative). The compiled code of the sandbox is kept in cacheDir where it can ("" keeps nothing).
// Error: ErrSchema.
func Compile(ctx context.Context, files map[string][]byte, root, cacheDir string) (*Schema, error) {
	if err := limits(files, root); err != nil {
		return nil, err
	}
	// A first sandbox can be stopped at any instruction, which makes it fifteen times slower: it tells whether the schema
	// compiles, and in time. That of the documents is stopped when it reads on.
	trial, err := start(ctx, files, root, cacheDir, true)
	if err != nil {
		return nil, err
	}
	if err := trial.runtime.Close(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("closing libxml2: %w", err)
	}
	return start(ctx, files, root, cacheDir, false)
}

func start(ctx context.Context, files map[string][]byte, root, cacheDir string, stoppable bool) (*Schema, error) {
	s := &Schema{files: files, root: root, slot: make(chan api.Module, 1)}
	s.closing, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	err := s.load(ctx, cacheDir, stoppable)
	if err != nil && cacheDir != "" && ctx.Err() == nil {
		// A full disk or a damaged cache costs the time of compiling, not the validation.
		err = s.load(ctx, "", stoppable)
	}
	if err != nil {
		return nil, err
	}
	first, err := s.instance(ctx)
	if err != nil {
		return nil, errors.Join(err, s.runtime.Close(context.WithoutCancel(ctx)))
	}
	s.slot <- first
	return s, nil
}

func limits(files map[string][]byte, root string) error {
	if len(files) > MaxFiles {
		return fmt.Errorf("%d files for %d at most: %w", len(files), MaxFiles, ErrSchema)
	}
	total := 0
	for _, content := range files {
		total += len(content)
	}
	if total > MaxBytes {
		return fmt.Errorf("%d bytes for %d at most: %w", total, MaxBytes, ErrSchema)
	}
	if files[root] == nil {
		return fmt.Errorf("no file %q: %w", root, ErrSchema)
	}
	return nil
}

func (s *Schema) load(ctx context.Context, cacheDir string, stoppable bool) error {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages).WithCloseOnContextDone(stoppable)
	if cacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
		if err != nil {
			return fmt.Errorf("opening the compilation cache: %w", err)
		}
		config = config.WithCompilationCache(cache)
	}
	unzip, err := gzip.NewReader(bytes.NewReader(library))
	if err != nil {
		return fmt.Errorf("reading libxml2: %w", err)
	}
	wasm, err := io.ReadAll(unzip)
	if err != nil {
		return fmt.Errorf("reading libxml2: %w", err)
	}
	s.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if err := s.imports(ctx, wasm); err != nil {
		return errors.Join(fmt.Errorf("compiling libxml2: %w", err), s.runtime.Close(context.WithoutCancel(ctx)))
	}
	return nil
}

func (s *Schema) imports(ctx context.Context, wasm []byte) (err error) {
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, s.runtime); err != nil {
		return err
	}
	_, err = s.runtime.NewHostModuleBuilder("host").
		NewFunctionBuilder().WithFunc(hostRead).Export("read").
		NewFunctionBuilder().WithFunc(hostReport).Export("report").
		Instantiate(ctx)
	if err == nil {
		s.code, err = s.runtime.CompileModule(ctx, wasm)
	}
	return err
}

// Close ends the sandbox; the document under way fails.
func (s *Schema) Close() error {
	s.stop()
	<-s.slot
	if err := s.runtime.Close(context.Background()); err != nil {
		return fmt.Errorf("closing libxml2: %w", err)
	}
	s.slot <- nil
	return nil
}

// instance makes a sandbox in which the schema is compiled.
func (s *Schema) instance(ctx context.Context) (_ api.Module, err error) {
	ctx, stop := context.WithTimeout(ctx, compileTime)
	defer stop()
	// No file, no clock, no randomness, no output: what libxml2 asks of these has the sandbox's own answers.
	m, err := s.runtime.InstantiateModule(ctx, s.code, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, fmt.Errorf("starting libxml2: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close(context.WithoutCancel(ctx)))
		}
	}()
	for name, content := range s.files {
		at, err := hand(ctx, m, append([]byte(place(name)), 0))
		if err != nil {
			return nil, err
		}
		text, err := hand(ctx, m, content)
		if err != nil {
			return nil, err
		}
		if _, err := m.ExportedFunction("add").Call(ctx, uint64(at), uint64(text), uint64(len(content))); err != nil {
			return nil, fmt.Errorf("handing a schema over: %w", err)
		}
	}
	root, err := hand(ctx, m, append([]byte(place(s.root)), 0))
	if err != nil {
		return nil, err
	}
	work := &run{}
	result, err := m.ExportedFunction("compile").Call(context.WithValue(ctx, runKey{}, work), uint64(root))
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("compiling %s: %w", s.root, errors.Join(ErrSchema, ctx.Err()))
	case err != nil:
		return nil, fmt.Errorf("compiling %s: %w: %w", s.root, ErrSchema, err)
	case int32(result[0]) != 0:
		return nil, fmt.Errorf("compiling %s: %w: %s", s.root, ErrSchema, work.first())
	}
	return m, nil
}

// place is the path of a schema inside the sandbox, which its inclusions are resolved from.
func place(name string) string { return path.Clean("/" + strings.ReplaceAll(name, "\x00", "")) }

// hand copies bytes into the sandbox, in memory that libxml2 frees.
func hand(ctx context.Context, m api.Module, content []byte) (at uint32, err error) {
	result, err := m.ExportedFunction("take").Call(ctx, uint64(len(content)))
	if err != nil {
		return 0, fmt.Errorf("handing a schema over: %w", err)
	}
	at = uint32(result[0])
	if at == 0 || !m.Memory().Write(at, content) {
		return 0, fmt.Errorf("no memory for a schema: %w", ErrSchema)
	}
	return at, nil
}

// Validate holds a document against the schema, and gives what it has against it, the first MaxProblems: none when it
// is valid. Errors: ErrDoctype, ErrEncoding, ErrTooLarge, ErrTooSlow; those of reading it, and of ctx.
func (s *Schema) Validate(ctx context.Context, document io.Reader) ([]Problem, error) {
	var m api.Module
	select {
	case m = <-s.slot:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { s.slot <- m }()
	if m == nil {
		made, err := s.instance(ctx)
		if err != nil {
			return nil, err
		}
		m = made
	}
	limited, stop := context.WithTimeout(ctx, callTime)
	defer stop()
	defer context.AfterFunc(s.closing, stop)()
	work := &run{document: document}
	result, err := m.ExportedFunction("validate").Call(context.WithValue(limited, runKey{}, work))
	if err != nil || m.Memory().Size() > keptBytes {
		closing := m.Close(context.WithoutCancel(ctx))
		m = nil
		if err == nil && closing != nil {
			return nil, fmt.Errorf("closing libxml2: %w", closing)
		}
	}
	return work.answer(ctx, limited, result, err)
}

// answer is what came of a validation.
func (r *run) answer(ctx, limited context.Context, result []uint64, err error) ([]Problem, error) {
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return nil, ErrTooSlow
	case limited.Err() != nil:
		return nil, limited.Err() // closed meanwhile
	case r.err != nil:
		return nil, r.err
	case err != nil:
		return nil, fmt.Errorf("validating: %w: %w", ErrTooLarge, err)
	case int32(result[0]) < 0:
		return nil, ErrTooLarge
	case int32(result[0]) > 0 && len(r.problems) == 0:
		return []Problem{{}}, nil // refused without a word: it is refused all the same
	}
	return r.problems, nil
}
