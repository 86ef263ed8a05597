package pageimage

import (
	"container/list"
	"image"
	"sync"
)

type imageKey struct {
	id          string
	page, width int
}

// imageCache keeps the images drawn last, up to a number of bytes.
type imageCache struct {
	mu    sync.Mutex
	limit int
	used  int
	order *list.List // of *cached, latest first
	byKey map[imageKey]*list.Element
}

type cached struct {
	key imageKey
	img *image.RGBA
}

func newImageCache(limit int) *imageCache {
	return &imageCache{limit: limit, order: list.New(), byKey: map[imageKey]*list.Element{}}
}

func (c *imageCache) get(k imageKey) (*image.RGBA, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[k]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).img, true
}

func (c *imageCache) put(k imageKey, img *image.RGBA) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[k]; ok || k.id == "" {
		return
	}
	c.byKey[k] = c.order.PushFront(&cached{k, img})
	c.used += len(img.Pix)
	for c.used > c.limit && c.order.Len() > 1 {
		last := c.order.Remove(c.order.Back()).(*cached)
		delete(c.byKey, last.key)
		c.used -= len(last.img.Pix)
	}
}
