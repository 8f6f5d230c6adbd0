;; What a person does, with the answers written to seen.txt.
(require 'package)
(package-initialize)
(load (expand-file-name "init.el"))
(require 'eglot)

(defvar seen nil)
(defun see (&rest parts) (push (apply #'format parts) seen))

(defun found ()
  "The findings of the buffer, with their lines."
  (mapcar (lambda (diagnostic)
            (format "%d %s" (line-number-at-pos (flymake-diagnostic-beg diagnostic))
                    (car (split-string (flymake-diagnostic-text diagnostic) "\n"))))
          (flymake-diagnostics)))

(defun wait (count)
  (let ((until (time-add nil 60)))
    (while (and (/= (length (found)) count) (time-less-p nil until))
      (accept-process-output nil 0.05)
      (flymake-start))))

(defun ask (method &rest more)
  (let ((place (eglot--pos-to-lsp-position)))
    (jsonrpc-request (eglot--current-server-or-lose) method
                     (append (list :textDocument (eglot--TextDocumentIdentifier) :position place
                                   :range (list :start place :end place))
                             more))))

(condition-case reason
    (progn
      (find-file "app.py")
      (apply #'eglot (eglot--guess-contact))
      (find-file "db.py")
      (eglot--maybe-activate-editing-mode)
      (wait 1)
      (see "%s" (car (found)))
      (goto-char (point-min))
      (search-forward "MongoClient(")
      (see "hover: %s" (car (split-string (plist-get (plist-get (ask :textDocument/hover) :contents) :value) "\n")))
      (mapc (lambda (action) (see "action: %s" (plist-get action :title)))
            (ask :textDocument/codeAction :context '(:diagnostics [])))
      (with-current-buffer "app.py"
        (goto-char (point-min))
        (search-forward "@app.get(\"/items\")\n")
        (replace-match "")
        (eglot--signal-textDocument/didChange))
      (wait 0)
      (see "after the edit: %d" (length (found)))
      (with-current-buffer "app.py"
        (insert "@app.get(\"/items\")\n")
        (eglot--signal-textDocument/didChange))
      (wait 1)
      (see "after undoing: %d" (length (found))))
  (error (see "%S" reason)))
(with-temp-file "seen.txt" (dolist (line (reverse seen)) (insert line "\n")))
