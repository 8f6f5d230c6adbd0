-- What a person does, with the answers written to seen.txt.
local seen = {}

local function findings()
  return vim.diagnostic.get(vim.fn.bufnr("db.py"))
end

local function wait(count)
  return vim.wait(60000, function() return #findings() == count end, 20)
end

local function look()
  assert(wait(1), "no finding")
  local found = findings()[1]
  table.insert(seen, (found.lnum + 1) .. " " .. found.code .. " " .. vim.split(found.message, "\n")[1])

  vim.cmd("edit app.py")
  local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  vim.api.nvim_buf_set_lines(0, 6, 7, false, {})
  wait(0)
  table.insert(seen, "after the edit: " .. #findings())
  vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
  wait(1)
  table.insert(seen, "after undoing: " .. #findings())

  local place = { line = 4, character = 12 }
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(vim.fn.bufnr("db.py")) },
    range = { start = place, ["end"] = place },
    context = { diagnostics = {} },
  }
  local answers = vim.lsp.buf_request_sync(vim.fn.bufnr("db.py"), "textDocument/codeAction", params, 60000)
  for _, answer in pairs(answers or {}) do
    for _, action in ipairs(answer.result or {}) do
      table.insert(seen, "actions: " .. action.title)
    end
  end
end

local fine, reason = pcall(look)
if not fine then
  table.insert(seen, reason)
end
vim.fn.writefile(seen, "seen.txt")
vim.cmd("qall!")
