/**
 * A dialog over the page: the browser's own, which keeps the focus inside, closes on Escape and gives the focus back. Without it
 * each dialog would do that in a way of its own, and a screen reader would read on behind it.
 */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export function Dialog({
  title,
  onClose,
  children,
  isWide = false,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly isWide?: boolean;
}) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = box.current;
    if (dialog?.open === false) dialog.showModal();
    // Closing gives the focus back to where it was; taking the element away would not.
    return () => dialog?.close();
  }, []);
  useLayoutEffect(() => {
    // What had the focus may have gone with what the dialog showed before.
    if (box.current?.contains(document.activeElement) !== true) box.current?.focus();
  });
  return (
    <dialog
      ref={box}
      tabIndex={-1}
      class={isWide ? 'wide' : ''}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="quiet icon" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
